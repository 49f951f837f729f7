#!/usr/bin/env python3
"""A destination for `ic`: posts each support session to a ticket system, as a note in the ticket that the
session's external key names.

Python 3.8 or later, standard library only.

    [destination.helpdesk]
    type = program
    command = python3 push_to_helpdesk.py
    url = https://helpdesk.example.com
    token = ${env:HELPDESK_TOKEN}
    default_ticket =            ; for sessions without an external key; empty: they are skipped
    record = helpdesk-record.db ; what was posted, so that nothing is posted twice
    retries = 4                 ; how often a request that failed for a passing reason is tried again
    retry_pause = 2             ; seconds before the first retry; each further pause is twice as long
    timeout = 60                ; seconds that the ticket system may take to answer

    [transfer.hq-to-helpdesk]
    site = hq
    destination = helpdesk
    data = sessions

The ticket system's side is in the class Helpdesk, and there alone: adapt it to yours. As it stands it asks

    GET  /api/me                        is the token good?
    POST /api/tickets/TICKET/notes      a new note; answers with JSON that has its "id"
    PUT  /api/tickets/TICKET/notes/ID   the note in its new wording

A POST carries an Idempotency-Key that is made of the session and its content: a system that knows such keys
posts nothing twice even when this program is killed between the answer and the record.
"""

import base64
import hashlib
import http.client
import json
import os
import sqlite3
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


BATCH = {"items": 20, "bytes": 4000000}


class Refused(Exception):
    """This session cannot be posted; the others can."""


class Failed(Exception):
    """Nothing can be posted."""

    def __init__(self, code, reason, hint=None):
        super().__init__(reason)
        self.code = code
        self.hint = hint


def say(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main():
    plugin = None
    batch = []
    for line in sys.stdin.buffer:
        message = json.loads(line)
        try:
            if message["type"] == "hello":
                plugin = Plugin(message["configuration"])
                if message["check"]:
                    plugin.check()
                say(type="ready", protocol=1, kinds=["sessions"], batch=BATCH, recognises=True)
            elif message["type"] == "session":
                batch.append(message)
            elif message["type"] == "commit":
                say(type="committed", batch=message["batch"], items=plugin.post_all(batch))
                batch = []
            elif message["type"] == "goodbye":
                break
        except Failed as failure:
            say(type="failed", code=failure.code, reason=str(failure), hint=failure.hint)
            break
        except sqlite3.Error as error:
            hint = "Let the user that runs ic write the record, and free space if there is none."
            say(type="failed", code="io", reason="the record cannot be used: %s" % error, hint=hint)
            break


class Plugin:
    def __init__(self, configuration):
        self.helpdesk = Helpdesk(configuration)
        self.default_ticket = configuration.get("default_ticket", "")
        self.record = Record(configuration.get("record") or "helpdesk-record.db")

    def check(self):
        self.helpdesk.check()
        self.record.check()

    def post_all(self, batch):
        results = []
        for message in batch:
            try:
                results.append({"item": message["item"], **self.post(message)})
            except Refused as refusal:
                say(type="refused", item=message["item"], reason=str(refusal))
        return results

    def post(self, message):
        names = message["names"]
        ticket = names["externalKey"] or self.default_ticket
        if not ticket:
            return {"status": "skipped"}
        # One at a time: another transfer may run this program too.
        with self.record.locked():
            known = self.record.find(names["host"], names["lsid"])
            if known and known["hash"] == message["contentHash"] and known["ticket"] == ticket:
                return {"status": "unchanged", "location": known["location"]}
            note = self.send(ticket, message, known)
            location = "%s, note %s" % (ticket, note)
            self.record.keep(names["host"], names["lsid"], message["contentHash"], ticket, note, location)
            return {"status": "updated" if known else "stored", "location": location}

    def send(self, ticket, message, known):
        note = note_of(message)
        if known and known["ticket"] == ticket and self.helpdesk.change(ticket, known["note"], note):
            return known["note"]
        names = message["names"]
        identity = "\n".join([names["host"], names["lsid"], ticket, message["contentHash"]])
        return self.helpdesk.post(ticket, note, hashlib.sha256(identity.encode()).hexdigest())


def note_of(message):
    """What is posted. The chat and everything else that happened is in the attached report."""
    model = message["model"]
    raw = base64.b64decode(message["rawBase64"]) if "rawBase64" in message else message["raw"].encode()
    return {
        "subject": "Support session %s" % message["names"]["lsid"],
        "text": "\n".join(
            [
                "Began: %s" % time_of(model["startTime"]),
                "Ended: %s" % time_of(model["endTime"]),
                "Duration: %s" % (model["duration"] or "unknown"),
                "Representatives: %s" % names_in(model["representatives"], "displayName", "username"),
                "Customers: %s" % names_in(model["customers"], "username", "hostname"),
                "Events: %d" % len(model["events"]),
            ]
        ),
        "attachments": [
            {
                "name": "session-%s.xml" % message["names"]["lsid"],
                "content_type": "application/xml",
                "base64": base64.b64encode(raw).decode(),
            }
        ],
    }


def time_of(seconds):
    if seconds is None:
        return "unknown"
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def names_in(people, *keys):
    names = [next((person[key] for key in keys if person.get(key)), "unknown") for person in people]
    return ", ".join(names) or "none"


class Helpdesk:
    """The ticket system's interface."""

    def __init__(self, configuration):
        self.url = configuration.get("url", "").rstrip("/")
        self.token = configuration.get("token", "")
        if not self.url or not self.token:
            hint = "Write them into the destination's section."
            raise Failed("configuration", "url and token must be set", hint)
        self.retries = int(configuration.get("retries") or 4)
        self.pause = float(configuration.get("retry_pause") or 2)
        self.timeout = float(configuration.get("timeout") or 60)

    def check(self):
        self.request("GET", "/api/me")

    def post(self, ticket, note, idempotency_key):
        answer = self.request("POST", notes_of(ticket), note, {"Idempotency-Key": idempotency_key})
        if not isinstance(answer, dict) or "id" not in answer:
            raise Failed("io", "the ticket system answers a new note without its id")
        return str(answer["id"])

    def change(self, ticket, note_id, note):
        """False when the note is no longer there."""
        path = "%s/%s" % (notes_of(ticket), urllib.parse.quote(note_id, safe=""))
        return self.request("PUT", path, note, missing_ok=True) is not None

    def request(self, method, path, body=None, headers=None, missing_ok=False):
        pause = self.pause
        for attempt in range(self.retries + 1):
            try:
                return self.once(method, path, body, headers or {})
            except urllib.error.HTTPError as error:
                with error:
                    if error.code == 404 and missing_ok:
                        return None
                    wait = self.judge(error, path)
                reason = "the ticket system answers with HTTP %d" % error.code
            except (OSError, ValueError, http.client.HTTPException) as error:
                wait = None
                reason = "the ticket system cannot be used: %s" % (getattr(error, "reason", None) or error)
            if attempt < self.retries:
                # A line of log is a sign of life while this takes long.
                say(type="log", level="warn", message="%s; trying again" % reason)
                time.sleep(min(wait or pause, 120))
                pause *= 2
        raise Failed("unreachable", reason, "Check url, and that the ticket system is up.")

    def judge(self, error, path):
        """How long to wait before trying again. Raises when that would not help."""
        if error.code in (401, 403):
            reason = "the ticket system refuses the token (HTTP %d)" % error.code
            raise Failed("refused", reason, "Renew the token.")
        if error.code == 429 or error.code >= 500:
            after = error.headers.get("Retry-After") or ""
            return float(after) if after.isdigit() else None
        detail = error.read(500).decode("utf-8", "replace").strip()
        raise Refused("HTTP %d for %s: %s" % (error.code, path, detail))

    def once(self, method, path, body, headers):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Authorization", "Bearer " + self.token)
        request.add_header("Content-Type", "application/json")
        for name, value in headers.items():
            request.add_header(name, value)
        with urllib.request.urlopen(request, timeout=self.timeout) as response:
            return json.load(response)


def notes_of(ticket):
    return "/api/tickets/%s/notes" % urllib.parse.quote(ticket, safe="")


class Record:
    """What was posted, in a small database of its own."""

    def __init__(self, path):
        self.path = path
        self.opened = None

    def check(self):
        """Leaves nothing behind."""
        place = self.path if os.path.exists(self.path) else os.path.dirname(os.path.abspath(self.path))
        if not os.access(place, os.W_OK):
            raise Failed("io", "cannot write %s" % place, "Let the user that runs ic write there.")

    @property
    def database(self):
        if self.opened is None:
            self.opened = sqlite3.connect(self.path, timeout=240, isolation_level=None)
            self.opened.row_factory = sqlite3.Row
            self.opened.execute(
                "CREATE TABLE IF NOT EXISTS posted (host TEXT, lsid TEXT, hash TEXT, ticket TEXT, note TEXT,"
                " location TEXT, PRIMARY KEY (host, lsid))"
            )
        return self.opened

    def locked(self):
        return Locked(self.database)

    def find(self, host, lsid):
        query = "SELECT * FROM posted WHERE host = ? AND lsid = ?"
        return self.database.execute(query, (host, lsid)).fetchone()

    def keep(self, *row):
        self.database.execute("INSERT OR REPLACE INTO posted VALUES (?, ?, ?, ?, ?, ?)", row)


class Locked:
    """One writer at a time, over all processes; released by the system when its holder dies."""

    def __init__(self, database):
        self.database = database

    def __enter__(self):
        self.database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind, error, trace):
        self.database.execute("COMMIT" if kind is None else "ROLLBACK")


if __name__ == "__main__":
    main()
