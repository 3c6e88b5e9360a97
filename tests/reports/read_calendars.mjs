// Reads calendars with ical.js, a parser that others wrote: a JSON list of texts in, what it found in each out.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { default: ICAL } = await import(pathToFileURL(process.argv[2]).href);

function found(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const events = calendar.getAllSubcomponents("vevent");
  const event = new ICAL.Event(events[0], { strictExceptions: true });
  const all = (name) => events[0].getAllProperties(name);
  return {
    events: events.length,
    others: calendar.getAllSubcomponents().length - events.length,
    method: calendar.getFirstPropertyValue("method"),
    uid: event.uid,
    sequence: event.sequence,
    start: event.startDate.toJSDate().getTime(),
    end: event.endDate.toJSDate().getTime(),
    zone: event.startDate.zone.tzid,
    stamp: events[0].getFirstPropertyValue("dtstamp").toJSDate().getTime(),
    summary: event.summary,
    description: event.description,
    status: events[0].getFirstPropertyValue("status"),
    attendees: event.attendees.map((one) => one.getFirstValue()),
    ids: all("x-maintnote-maintenance-id").map((one) => one.getFirstValue()),
    state: all("x-maintnote-status").map((one) => one.getFirstValue()),
    objects: all("x-maintnote-object-id").map((one) => [one.getFirstValue(), one.getParameter("x-maintnote-object-impact")]),
  };
}

const texts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map(found)));
