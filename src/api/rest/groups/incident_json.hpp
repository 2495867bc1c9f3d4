// Incidents and their parts as JSON of the API.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "rest/groups/incident_view.hpp"

namespace vedette::api::incidents_group {

boost::json::object item_json(const SeenIncident& seen);
boost::json::object whole_json(const SeenIncident& seen, base::TimeNs now);
boost::json::object member_json(const model::IncidentMember& member);
boost::json::object entry_json(const cases::StoredEntry& entry);
boost::json::object history_json(const model::IncidentChange& change);
boost::json::array contributions_json(const std::vector<model::Contribution>& contributions);
std::string_view command_kind_name(model::IncidentCommand::Kind kind);
boost::json::array texts_json(const std::vector<std::string>& texts);
Json text_or_none(const std::string& text);  // null if it is empty

// The incident with its ETag.
Reply incident_reply(const SeenIncident& seen, base::TimeNs now, int status = 200);
// As the book gave it, seen by who changed it.
Reply changed_reply(const IncidentView& view, const RestParts& parts, cases::Case value, int status = 200);
Reply entry_reply(const cases::StoredEntry& entry, int status);

}  // namespace vedette::api::incidents_group
