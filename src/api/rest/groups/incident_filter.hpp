// Filters of lists of incidents, from parameters and bodies.
#pragma once

#include <functional>

#include "rest/groups/incident_view.hpp"

namespace vedette::api::incidents_group {

// `text` gives the members, empty where there is none. `place`: "/" of bodies, "query:" of parameters.
Allowed<cases::CaseFilter> read_incident_filter(const std::function<std::string(std::string_view)>& text,
                                                const std::vector<std::string>& statuses,
                                                std::optional<double> risk, std::optional<bool> breached,
                                                bool merged, base::TimeNs now, const std::string& place);
std::optional<cases::CaseStatus> read_case_status(std::string_view name);
std::optional<cases::Classification> read_classification(std::string_view name);
std::optional<cases::Tlp> read_tlp(std::string_view name);

// What the record store may test: the rest is tested on what is seen, so that a filter tells nothing more.
ports::RecordQuery scoped_query(const IncidentView& view, cases::CaseFilter filter);
bool passes_filter(const SeenIncident& seen, const cases::CaseFilter& filter);

}  // namespace vedette::api::incidents_group
