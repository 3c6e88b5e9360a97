"""Licence files and lmstat texts in the true formats; the servers behind them are made up."""

from __future__ import annotations

HEAD = """\
# example licence file
SERVER lic01 HOSTNAME=lic01.tenant.example 27000
VENDOR CITRIX PORT=7279
USE_SERVER
"""
INCREMENT = (
    "INCREMENT CXM_ENTU_UD CITRIX 2038.0115 {day} {seats} \\\n"
    "\tVENDOR_STRING=;LT=Retail;GP=720;UDM=U;LP=90;CL=STD,ADV,ENT;SA=1;ODP=0 \\\n"
    '\tDUP_GROUP=V ISSUED=01-jan-2026 NOTICE="Example Org" SN=X:1 {more}\\\n'
    '\tSIGN="0123 4567 89AB CDEF"\n'
)


def increment(day: str = "31-dec-2026", seats: object = 250, more: str = "") -> str:
    return INCREMENT.format(day=day, seats=seats, more=f"{more} " if more else "")


FILES = {
    "good": HEAD + increment(),
    "permanent": HEAD + increment("permanent", 25),
    "year 0": HEAD + increment("1-jan-0", 5) + increment("01-jan-0000", 5),
    "several": HEAD + increment("23-nov-2026", 100) + increment("31-dec-2026", 250) + increment("permanent", 50),
    "renewed": HEAD + increment("24-nov-2026", 250) + increment("31-dec-2027", 250, "START=25-nov-2026"),
    "renewed with less": HEAD + increment("24-nov-2026", 250) + increment("31-dec-2027", 100, "START=25-nov-2026"),
    "expiring": HEAD + increment("04-DEC-2026", 250),
    "last day": HEAD + increment("24-nov-2026", 250),
    "expired": HEAD + increment("23-nov-2026", 250),
    "not begun": HEAD + increment("31-dec-2026", 250, "START=01-dec-2026"),
    "crlf and mark": ("\ufeff" + HEAD + increment()).replace("\n", "\r\n"),
    "blanks behind the backslash": HEAD + increment().replace("\\\n", "\\  \n"),
    "uncounted": "FEATURE CXM_ENTU_UD CITRIX 1.0 31-dec-2027 uncounted HOSTID=001122334455 SIGN=0\n",
    "zero seats": "FEATURE CXM_ENTU_UD CITRIX 1.0 permanent 0 HOSTID=ANY SIGN=0\n",
    "old key": "FEATURE CXM_ENTU_UD CITRIX 1.000 1-jan-2030 10 1EF890030EABF324 \"old vendor string\" 12345678\n",
    "triad": "SERVER one 17007ea8 1700\nSERVER two 17007ea9 1700\nSERVER three 17007eaa 1700 PRIMARY_IS_MASTER\n"
    "DAEMON CITRIX /opt/lic/CITRIX OPTIONS=/opt/lic/x.opt\nINCREMENT CXM_ENTU_UD CITRIX 1.0 permanent 5 SIGN=0\n",
    "two features of one name": "FEATURE CXM_ENTU_UD CITRIX 1.0 31-dec-2027 10 SIGN=0\n"
    "FEATURE CXM_ENTU_UD CITRIX 2.0 31-dec-2027 30 SIGN=0\n"
    "INCREMENT CXM_ENTU_UD CITRIX 1.0 31-dec-2027 7 SIGN=0\n",
    "upgrade": "INCREMENT CXM_ENTU_UD CITRIX 1.0 31-dec-2027 5 SIGN=0\n"
    "UPGRADE CXM_ENTU_UD CITRIX 1.0 2.0 31-dec-2027 5 SIGN=0\n",
    "package": 'PACKAGE SUITE CITRIX 1.0 COMPONENTS="CXM_ENTU_UD OTHER:1.0 MANY:1.0:3" OPTIONS=SUITE SIGN=0\n'
    "INCREMENT SUITE CITRIX 1.0 31-dec-2027 8 SIGN=0\n",
    "superseded": HEAD + increment("31-dec-2027", 100)
    + increment("31-dec-2028", 300, "SUPERSEDE").replace("01-jan-2026", "01-jun-2026"),
    "lower case": (HEAD + increment()).replace("INCREMENT CXM_ENTU_UD", "increment cxm_entu_ud"),
    "prose around": "Thank you for your order.\nYour licence follows:\n" + HEAD + increment() + "Kind regards\n",
}  # fmt: skip
"""Seen on 24 November 2026."""

BROKEN = {
    "nothing": ("", "no FEATURE or INCREMENT line"),
    "a page": ("<html><body>Sign in</body></html>", "no FEATURE or INCREMENT line"),
    "a server only": (HEAD, "no FEATURE or INCREMENT line"),
    "no such day": (HEAD + increment("31-feb-2027"), 'line 5: date is "31-feb-2027", which no calendar has'),
    "many": (HEAD + increment(seats="many"), 'line 5: seats are "many"'),
    "minus": (HEAD + increment(seats=-1), 'seats are "-1"'),
    "german": (HEAD + increment("31-dez-2026"), 'line 5: date is "31-dez-2026", wanted one like 31-dec-2026'),
    "dots": (HEAD + increment("31.12.2026"), 'date is "31.12.2026"'),
    "american": (HEAD + increment("12/31/2026"), 'date is "12/31/2026"'),
    "iso": (HEAD + increment("2026-12-31"), 'date is "2026-12-31"'),
    "two digits": (HEAD + increment("31-dec-26"), 'date is "31-dec-26"'),
    "arabic digits": (HEAD + increment("٣١-dec-2026"), "date is"),
    "start": (HEAD + increment(more="START=soon"), 'date is "soon"'),
    "cut": (HEAD + "INCREMENT CXM_ENTU_UD CITRIX 2038.0115\n", "line 5: INCREMENT has 3 fields, wanted feature"),
    "quote": (HEAD + increment().replace('Org"', "Org"), "line 5: a quote is not closed"),
    "package": ("PACKAGE P V 1.0 SIGN=0\n" + increment(), "line 1: PACKAGE has no COMPONENTS="),
    "upgrade": ("UPGRADE F V 1.0 2.0 never 5\n" + increment(), 'line 1: date is "never"'),
}
"""What is wrong, and the words that say so."""

TOP = """\
lmutil - Copyright (c) 1989-2020 Flexera.
Flexible License Manager status on Tue 11/24/2026 14:00

[Detecting lmgrd processes...]
License server status: {hosts}
    License file(s) on lic01: /opt/lic/x.lic:

"""
DAEMONS = "Vendor daemon status (on lic01):\n\n    CITRIX: {how}\nFeature usage info:\n\n"
USERS = "Users of {feature}:  (Total of {issued} license{s} issued;  Total of {used} licenses in use)\n\n"


def users(used: int, issued: int = 250, feature: str = "CXM_ENTU_UD") -> str:
    return USERS.format(feature=feature, issued=issued, used=used, s="" if issued == 1 else "s")


ONE = TOP.format(hosts="27000@lic01")
UP = "     lic01: license server UP (MASTER) v11.17.2\n\n"
WELL = ONE + UP + DAEMONS.format(how="UP v11.17.2")
TRIAD = TOP.format(hosts="27000@lic01,27000@lic02,27000@lic03")
LOST = '     {host}: Cannot connect to license server system. (-15,570:115 "Operation now in progress")\n'
TALK = """\
  "CXM_ENTU_UD" v2038.0115, vendor: CITRIX, expiry: 31-dec-2026
  vendor_string: ;LT=Retail
  floating license

    ada ws1 /dev/tty (v1.0) (lic01/27000 102), start Fri 11/20 7:56
    eve: ws2 license server DOWN /dev/tty (v1.0) (lic01/27000 103), start Fri 11/20 7:57

"""
LMSTAT = {
    "up": WELL + users(100) + TALK + users(0, 1, "CITRIX") + "Users of OLD:  (Uncounted, node-locked)\n",
    "windows": (WELL + users(100)).replace("\n", "\r\n"),
    "many used": WELL + users(225),
    "nearly full": WELL + users(240),
    "full": WELL + users(250),
    "over": WELL + users(251),
    "unsupported": WELL + "Users of CXM_ENTU_UD:  (Error: 3 licenses, unsupported by licensed server)\n",
    "absent": WELL + users(1, 5, "OTHER"),
    "daemon down": ONE + UP + DAEMONS.format(how="The desired vendor daemon is down. (-97,121)") + users(0),
    "daemon mute": ONE + UP + DAEMONS.format(how="No socket connection to license server manager. (-7,96)"),
    "server down": ONE + 'lmgrd is not running: Cannot connect to license server system. (-15,570:111 "Connection refused")\n',
    "server error": ONE + 'Error getting status: Server node is down or not responding. (-96,7:2 "No such file or directory")\n',
    "server says down": ONE + "     lic01: license server DOWN\n",
    "triad": TRIAD + UP + "     lic02: license server UP v11.17.2\n     lic03: license server UP v11.17.2\n\n"
    + DAEMONS.format(how="UP v11.17.2") + users(3),
    "two of three": TRIAD + UP + "     lic02.tenant.example: license server UP v11.17.2\n" + LOST.format(host="lic03")
    + "\n" + DAEMONS.format(how="UP v11.17.2") + users(3),
    "one of three": TRIAD + UP + LOST.format(host="lic02") + LOST.format(host="lic03") + DAEMONS.format(how="UP v11") + users(3),
    "two servers": WELL + users(100) + WELL.replace("lic01", "lic09") + users(40, 50),
    "second server down": WELL + users(100) + ONE.replace("lic01", "lic09") + "Error getting status: Cannot connect (-15)\n",
}  # fmt: skip
