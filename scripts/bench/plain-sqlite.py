"""A script of the kind that people write: the whole report in memory, one INSERT for each row, a commit for each session.

python3 plain-sqlite.py REPORT DATABASE: prints the number of rows and the seconds that it took.
"""
import sqlite3
import sys
import time
import xml.etree.ElementTree as ElementTree

began = time.monotonic()
database = sqlite3.connect(sys.argv[2])
database.executescript("""
CREATE TABLE session (id INTEGER PRIMARY KEY, lsid TEXT, type TEXT, start_time TEXT, end_time TEXT, duration TEXT);
CREATE TABLE representative (id INTEGER PRIMARY KEY, session_id INTEGER, user_name TEXT, display_name TEXT);
CREATE TABLE customer (id INTEGER PRIMARY KEY, session_id INTEGER, user_name TEXT, host_name TEXT);
CREATE TABLE session_event (id INTEGER PRIMARY KEY, session_id INTEGER, type TEXT, event_time TEXT, performed_by TEXT);
CREATE TABLE session_event_data (id INTEGER PRIMARY KEY, session_event_id INTEGER, name TEXT, value TEXT);
CREATE INDEX event_session ON session_event (session_id);
CREATE INDEX data_event ON session_event_data (session_event_id);
""")
space = "{https://www.beyondtrust.com/namespaces/API/reporting}"
rows = 0


def insert(sql, *values):
    global rows
    rows += 1
    return database.execute(sql, values).lastrowid


for session in ElementTree.parse(sys.argv[1]).getroot().findall(space + "session"):
    text = lambda name, element=session: element.findtext(space + name)
    session_id = insert(
        "INSERT INTO session (lsid, type, start_time, end_time, duration) VALUES (?, ?, ?, ?, ?)",
        session.get("lsid"), text("session_type"), text("start_time"), text("end_time"), text("duration"))
    for person in session.iterfind(f"{space}rep_list/{space}representative"):
        insert("INSERT INTO representative (session_id, user_name, display_name) VALUES (?, ?, ?)",
               session_id, text("username", person), text("display_name", person))
    for person in session.iterfind(f"{space}customer_list/{space}customer"):
        insert("INSERT INTO customer (session_id, user_name, host_name) VALUES (?, ?, ?)",
               session_id, text("username", person), text("hostname", person))
    for event in session.iterfind(f"{space}session_details/{space}event"):
        event_id = insert("INSERT INTO session_event (session_id, type, event_time, performed_by) VALUES (?, ?, ?, ?)",
                          session_id, event.get("event_type"), event.get("timestamp"), text("performed_by", event))
        body = text("body", event)
        if body:
            insert("INSERT INTO session_event_data (session_event_id, name, value) VALUES (?, ?, ?)", event_id, "body", body)
        for value in event.iterfind(f"{space}data/{space}value"):
            insert("INSERT INTO session_event_data (session_event_id, name, value) VALUES (?, ?, ?)",
                   event_id, value.get("name"), value.get("value"))
    database.commit()
print(rows, time.monotonic() - began)
