// The one shape of a Windows event inside Vedette, whatever format brought it.
#pragma once

#include <string_view>

#include "vedette/normalize/row.hpp"

namespace vedette::normalize {

// Every Windows format (EVTX, event XML, Winlogbeat, NXLog, evtx_dump, Windows Event Forwarding) writes the
// same fields, named as Winlogbeat names them: winlog.channel, winlog.provider_name, winlog.event_id
// (integer), winlog.record_id (integer), winlog.computer_name, winlog.provider_guid, winlog.process.pid,
// winlog.process.thread.id, winlog.user.identifier, winlog.activity_id, winlog.related_activity_id,
// winlog.keywords, winlog.level (integer), winlog.opcode, winlog.task, winlog.version (integers),
// winlog.event_data.<Name> and winlog.user_data.<Name>. Unnamed <Data> elements become
// winlog.event_data.param1, param2, ... An empty element is "" (the field exists). Values in event_data are
// kept as they came (strings in EVTX and XML). Hexadecimal numbers are rendered as Windows does ("0x1fffff"),
// GUIDs upper case in braces.
//
// complete_windows_event() then adds to the open row what follows from those: event.code (text of event_id),
// event.provider, host.name (computer name, lower case kept as is), event.module/dataset by channel,
// host.os.type "windows", event.kind "event", and the event time `time_text` (ISO 8601) if given.
void complete_windows_event(Row& row, std::string_view time_text);

}  // namespace vedette::normalize
