/**
 * The keywords of an ADO connection string, by every name that SQL Server's own clients take, in lower case and
 * without blanks. `ignored`: true for clients like ic whatever it says, or a matter of pools that ic does not have.
 */
export type Meaning =
  | 'server'
  | 'database'
  | 'user'
  | 'password'
  | 'encrypt'
  | 'trust'
  | 'host-in-certificate'
  | 'certificate'
  | 'application'
  | 'workstation'
  | 'connect-timeout'
  | 'command-timeout'
  | 'packet-size'
  | 'language'
  | 'subnets'
  | 'integrated'
  | 'authentication'
  | 'intent'
  | 'library'
  | 'ignored';

export const keywords: Readonly<Record<string, Meaning>> = {
  server: 'server',
  datasource: 'server',
  addr: 'server',
  address: 'server',
  networkaddress: 'server',
  database: 'database',
  initialcatalog: 'database',
  userid: 'user',
  uid: 'user',
  user: 'user',
  username: 'user',
  password: 'password',
  pwd: 'password',
  encrypt: 'encrypt',
  trustservercertificate: 'trust',
  hostnameincertificate: 'host-in-certificate',
  servercertificate: 'certificate',
  applicationname: 'application',
  app: 'application',
  workstationid: 'workstation',
  wsid: 'workstation',
  connecttimeout: 'connect-timeout',
  connectiontimeout: 'connect-timeout',
  timeout: 'connect-timeout',
  commandtimeout: 'command-timeout',
  packetsize: 'packet-size',
  currentlanguage: 'language',
  language: 'language',
  multisubnetfailover: 'subnets',
  integratedsecurity: 'integrated',
  trustedconnection: 'integrated',
  authentication: 'authentication',
  applicationintent: 'intent',
  networklibrary: 'library',
  network: 'library',
  net: 'library',
  persistsecurityinfo: 'ignored',
  persistsecurity: 'ignored',
  pooling: 'ignored',
  minpoolsize: 'ignored',
  maxpoolsize: 'ignored',
  poolblockingperiod: 'ignored',
  connectionlifetime: 'ignored',
  loadbalancetimeout: 'ignored',
  connectionreset: 'ignored',
  multipleactiveresultsets: 'ignored',
  mars_connection: 'ignored',
  connectretrycount: 'ignored',
  connectretryinterval: 'ignored',
  transparentnetworkipresolution: 'ignored',
  ipaddresspreference: 'ignored',
  asynchronousprocessing: 'ignored',
  async: 'ignored',
  enlist: 'ignored',
  transactionbinding: 'ignored',
  typesystemversion: 'ignored',
  replication: 'ignored',
};

/** Keywords that SQL Server's own clients know and ic does not, with what to do instead. */
export const unsupported: Readonly<Record<string, string>> = {
  attachdbfilename: 'attach the file to the server and name it with Database',
  initialfilename: 'attach the file to the server and name it with Database',
  extendedproperties: 'attach the file to the server and name it with Database',
  userinstance: 'name a server that runs',
  failoverpartner: 'name the listener of an availability group with Server, and MultiSubnetFailover=true',
  failoverpartnerspn: 'leave it out',
  serverspn: 'leave it out',
  contextconnection: 'leave it out',
  columnencryptionsetting: 'leave it out: ic writes plain columns',
  attestationprotocol: 'leave it out: ic writes plain columns',
  enclaveattestationurl: 'leave it out: ic writes plain columns',
  driver: 'leave it out: it is for ODBC',
  provider: 'leave it out: it is for OLE DB',
  dsn: 'leave it out, and name the server with Server',
};
