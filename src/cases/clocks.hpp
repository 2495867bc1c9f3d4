// Service-level clocks of a case and its life cycle.
#pragma once

#include "vedette/cases/incident_book.hpp"

namespace vedette::cases {

// Of a case that is new: detect is over, the others run.
std::vector<Clock> start_clocks(const model::Incident& incident, const SlaPolicy* policy, base::TimeNs now);
// Targets of another policy (null: none) for clocks that run; one that has been passed stays breached.
void set_targets(std::vector<Clock>& clocks, const SlaPolicy* policy);
// Stops and starts clocks as the status and the owner say.
void follow_status(Case& value, base::TimeNs now);
// Of the running clock that runs out first; 0: none.
base::TimeNs next_due(const Case& value);
bool any_breached(const Case& value);
bool is_paused(const Case& value);
void pause_clocks(Case& value, base::TimeNs now);
void resume_clocks(Case& value, base::TimeNs now);

// Whether it may go there. Staying is no move.
bool may_go(CaseStatus from, CaseStatus to);

}  // namespace vedette::cases
