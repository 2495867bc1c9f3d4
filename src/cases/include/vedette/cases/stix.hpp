// An incident as a STIX 2.1 bundle (OASIS), for other tools and for sharing.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "vedette/base/time.hpp"
#include "vedette/cases/case.hpp"
#include "vedette/model/incident.hpp"

namespace vedette::cases {

struct StixOptions {
  std::string organization;       // name of the identity that made it; empty: "Vedette"
  std::size_t max_members = 500;  // the first of them; the report says how many were left out
};

// JSON of a bundle: identity, incident, report (it refers to all), observed-data with their observables (a
// member each), indicators with patterns, attack-patterns that refer to ATT&CK, identities of hosts,
// relationships, sightings, and the marking of TLP 2.0 on everything. Ids are UUIDv5: equal input gives equal
// bundles; ids of observables are made as the standard says (section 2.9), so that bundles of different
// incidents meet. Thread safe. What is given is told: whoever calls gives only what the reader may see.
std::string stix_bundle(const Case& incident, std::span<const model::IncidentMember> members,
                        const StixOptions& options);

// A string of the pattern language (section 9): in quotes, escaped.
std::string stix_pattern_string(std::string_view text);

}  // namespace vedette::cases
