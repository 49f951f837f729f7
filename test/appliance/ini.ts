/** The lines of an `ic.ini` that make the appliance the site `name`. */
export function siteSection(
  appliance: {
    readonly host: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly caFile: string | null;
  },
  name: string,
): string {
  return `[site.${name}]
host = ${appliance.host}
client_id = ${appliance.clientId}
client_secret = ${appliance.clientSecret}
${appliance.caFile === null ? 'insecure_http = true' : `ca_file = ${appliance.caFile}`}
`;
}
