// Alerts as a principal sees them: of the tenant, with all their events visible, without masked fields.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "rest/call.hpp"
#include "vedette/expr/hidden_fields.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::api::alerts_group {

// Adds a handler that needs the records; without them there are no alerts.
using AnswerAlerts = Reply (*)(Call&, const RestParts&);
void add_alert_handler(HandlerTable& handlers, const RestParts& parts, const char* operation,
                       AnswerAlerts answer);

// Masked fields of a scope. event.original holds the raw line: it is masked along with any field.
class FieldMask {
 public:
  explicit FieldMask(const DataScope& scope);
  bool any() const { return !hidden_.empty(); }
  bool hides(std::string_view field) const { return hidden_.hides(field); }

 private:
  expr::HiddenFields hidden_;
};

// One alert, read and masked.
struct SeenAlert {
  std::string id;
  std::uint64_t version = 0;
  boost::json::object record;    // model::to_json's members, without "document" and "handling"
  boost::json::object document;  // the ECS document
  boost::json::object handling;  // what people did with it
  std::string status, verdict, assignee;
  std::string host, user, group_id;
  std::int64_t time = 0, detected = 0, level = 0, risk = 0;
  std::vector<std::string> event_ids;
  bool all_events_known = true;  // false: it stands for more events than it lists
};
// nullopt: its document cannot be read.
std::optional<SeenAlert> read_alert(const ports::StoredRecord& stored, const FieldMask& mask);
// An alert that has not been kept yet, as it will be.
std::optional<SeenAlert> read_alert(const model::AlertRecord& record, const FieldMask& mask);

// As in a list, or with everything.
boost::json::object alert_json(const SeenAlert& alert, bool whole);

struct AlertFilter {
  std::vector<std::string> statuses;  // of new, in_progress, closed
  std::optional<std::int64_t> least_level;
  std::string rule, host, user, assignee, group, verdict;
  model::TimeRange range;
};
// From the query parameters of a call, or the members of a body.
Allowed<AlertFilter> read_alert_filter(const std::function<std::string(std::string_view)>& text,
                                       std::vector<std::string> statuses, base::TimeNs now,
                                       const std::string& place);

inline constexpr std::size_t kMostScanned = 20'000;

class AlertView {
 public:
  AlertView(const RestParts& parts, Call& call);
  // The principal sees every alert of the tenant, whole: the record store can count and group.
  bool unrestricted() const { return !rows_hidden_ && !mask_.any(); }
  bool rows_hidden() const { return rows_hidden_; }
  const FieldMask& mask() const { return mask_; }

  // Every test that the record store can make.
  ports::RecordQuery query_of(const AlertFilter& filter) const;
  ports::ColumnTest tenant_test() const;
  base::Result<std::optional<SeenAlert>> get(std::string_view id) const;
  // The alert if it is seen, also as it is kept.
  struct Both {
    SeenAlert seen;
    ports::StoredRecord stored;
  };
  base::Result<std::optional<Both>> get_both(std::string_view id) const;

  // Visits those seen, in the order of the query, of at most `most` that are looked at from its cursor on;
  // `chunk` records a time. Stops behind the chunk in which visit answered false. Tells the cursor of what
  // has not been looked at (empty: nothing).
  base::Result<std::string> each(ports::RecordQuery query, const AlertFilter& filter, std::size_t most,
                                 std::uint32_t chunk, const std::function<bool(SeenAlert&&)>& visit) const;
  // Which of these have all their events in sight.
  base::Result<std::vector<bool>> visible(const std::vector<SeenAlert>& alerts) const;

 private:
  base::Result<std::vector<SeenAlert>> seen_of(const std::vector<ports::StoredRecord>& records) const;

  const RestParts& parts_;
  Call& call_;
  FieldMask mask_;
  bool rows_hidden_;
};

}  // namespace vedette::api::alerts_group
