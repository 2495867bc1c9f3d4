// Incidents as a principal sees them: of the tenant; who does not see every event sees an incident of which
// an alert is seen, and of it what these alerts tell; what masked fields may have told is taken out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/call.hpp"
#include "rest/groups/alert_view.hpp"
#include "vedette/cases/incident_book.hpp"

namespace vedette::api::incidents_group {

using AnswerIncidents = Reply (*)(Call&, const RestParts&);
void add_incident_handler(HandlerTable& handlers, const RestParts& parts, const char* operation,
                          AnswerIncidents answer);

struct SeenIncident {
  cases::Case value;                // its incident holds what is seen alone
  bool reduced = false;             // there may be more
  std::vector<std::string> hidden;  // values that texts of people must not show, folded
};

// Unlike alerts, which are hidden whole, members and incidents are reduced to what is seen.
class IncidentView {
 public:
  IncidentView(const RestParts& parts, Call& call);
  bool unrestricted() const { return alerts_.unrestricted(); }
  bool rows_hidden() const { return alerts_.rows_hidden(); }
  bool masked() const { return alerts_.mask().any(); }
  const std::string& tenant() const { return call_.principal().scope.tenant; }
  const alerts_group::AlertView& alerts() const { return alerts_; }
  cases::IncidentBook& book() const { return *parts_.incidents; }

  // Whether entities of this kind may be shown: none of the fields that they come of is masked.
  bool shows(model::EntityKind kind) const { return !hidden_kinds_[static_cast<std::size_t>(kind)]; }

  // nullopt: not there, or not seen.
  base::Result<std::optional<SeenIncident>> get(std::string_view id) const;
  // `thorough`: looks at more of its members.
  base::Result<std::optional<SeenIncident>> see(cases::Case value, bool thorough) const;
  // Those that are seen of a page of members.
  base::Result<std::vector<model::IncidentMember>> see(std::vector<model::IncidentMember> members,
                                                       std::size_t alerts_a_member) const;
  // nullopt: its event is not seen.
  base::Result<std::optional<cases::StoredEntry>> see(cases::StoredEntry entry,
                                                      const SeenIncident& incident) const;
  // Without values that are not seen.
  std::string redacted(std::string text, const std::vector<std::string>& hidden) const;

  // Cursors may name what is not seen: they are sealed then.
  base::Result<std::string> open_cursor(std::string_view shown) const;
  base::Result<std::string> shown_cursor(std::string cursor) const;

 private:
  void mask_incident(SeenIncident& seen) const;
  base::Result<bool> narrow_incident(SeenIncident& seen, bool thorough) const;
  void mask_member(model::IncidentMember& member) const;
  void redact_people(SeenIncident& seen) const;

  const RestParts& parts_;
  Call& call_;
  alerts_group::AlertView alerts_;
  bool hidden_kinds_[8] = {};
};

// Of errors of the book.
Reply problem_of_book(const base::Error& error);
#define BOOK_ASSIGN_(temporary, target, expression)               \
  auto temporary = (expression);                                  \
  if (!temporary.ok()) return problem_of_book(temporary.error()); \
  target = std::move(*temporary)
// As REPLY_ASSIGN, for what the book gives.
#define BOOK_ASSIGN(target, expression) \
  BOOK_ASSIGN_(VEDETTE_REPLY_CONCAT(book_result_, __LINE__), target, expression)

// Who asks, with changes written through the call.
cases::Actor actor_of(Call& call, const RestParts& parts);
std::uint32_t page_limit(const Call& call);
// 428 or the version that must be there.
struct WantedVersion {
  std::uint64_t version = 0;
  std::optional<Reply> refusal;
};
WantedVersion wanted_version(const Call& call);
// The name of a user that is given by name or id; nullopt: there is none. Empty stays empty.
base::Result<std::optional<std::string>> user_name_of(Call& call, const RestParts& parts,
                                                      const std::string& text);
Reply invalid_input(const std::string& pointer, const std::string& message);

void add_incident_action_handlers(HandlerTable& handlers, const RestParts& parts);
void add_incident_entry_handlers(HandlerTable& handlers, const RestParts& parts);
void add_incident_story_handlers(HandlerTable& handlers, const RestParts& parts);
void add_incident_setting_handlers(HandlerTable& handlers, const RestParts& parts);
void add_entity_handlers(HandlerTable& handlers, const RestParts& parts);

}  // namespace vedette::api::incidents_group
