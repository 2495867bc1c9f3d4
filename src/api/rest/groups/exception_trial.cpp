#include "rest/groups/exception_trial.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "rest/groups/rule_support.hpp"
#include "vedette/detect/rule_book.hpp"
#include "vedette/model/event.hpp"
#include "vedette/model/incident.hpp"

namespace vedette::api::rule_group {
namespace {

constexpr std::uint32_t kAlertsAtOnce = 200;

struct StoredAlert {
  std::string id, rule_id, rule_title, level;
  base::TimeNs time = 0;
};

StoredAlert stored_alert(const Members& members) {
  return {members.text("id"), members.text("rule_id"), members.text("rule_title"), members.text("level"),
          members.integer("time", 0)};
}

constexpr std::uint32_t kMembersAtOnce = 500;
constexpr std::size_t kIncidentSamples = 100;

// Incidents that hidden alerts are in: which lose members, and which all of them.
class IncidentTrial {
 public:
  IncidentTrial(const ExceptionTrial& trial, const std::unordered_set<std::string>& hidden)
      : trial_(trial), hidden_(hidden) {}

  base::Status run(const base::CancellationToken& cancellation) {
    if (hidden_.empty()) return base::ok_status();
    // Members that may hold alerts of the range.
    ports::RecordQuery query = members_query();
    query.tests.push_back({"last", ports::ColumnTest::Op::at_least, {trial_.range.from}});
    query.tests.push_back({"first", ports::ColumnTest::Op::less, {trial_.range.to}});
    std::size_t looked_at = 0;
    TRY(each_member(query, cancellation, [&](const ports::StoredRecord& record) {
      if (const std::string incident = incident_of(record); !incident.empty() && loses(record))
        touched_.insert(incident);
      return ++looked_at < kMaxTrialMembers && touched_.size() < kMaxTrialIncidents;
    }));
    whole_ = looked_at < kMaxTrialMembers && touched_.size() < kMaxTrialIncidents;
    for (const std::string& incident : touched_) {
      ports::RecordQuery all = members_query();
      all.tests.push_back({"incident", ports::ColumnTest::Op::equals, {incident}});
      bool lost = true;
      TRY(each_member(all, cancellation, [&](const ports::StoredRecord& record) {
        lost = loses(record);
        return lost;
      }));
      lost_ += lost;
      if (samples_.size() < kIncidentSamples) {
        samples_.push_back(boost::json::object{{"id", text_json(incident)}, {"lost", lost}});
      }
    }
    return base::ok_status();
  }

  Json json() const {
    return boost::json::object{
        {"touched", touched_.size()}, {"lost", lost_}, {"whole", whole_}, {"samples", samples_}};
  }

 private:
  ports::RecordQuery members_query() const {
    ports::RecordQuery query;
    query.collection = "incident_members";
    query.order_by = "first";
    query.limit = kMembersAtOnce;
    query.tests.push_back(trial_.tenant.empty()
                              ? ports::ColumnTest{"tenant", ports::ColumnTest::Op::absent, {}}
                              : ports::ColumnTest{"tenant", ports::ColumnTest::Op::equals, {trial_.tenant}});
    return query;
  }
  template <typename Visit>  // bool Visit(const ports::StoredRecord&); false: enough
  base::Status each_member(ports::RecordQuery query, const base::CancellationToken& cancellation,
                           Visit visit) {
    do {
      if (cancellation.cancelled()) {
        return base::make_error(base::ErrorCode::cancelled, "the back-test was cancelled");
      }
      TRY_ASSIGN(ports::RecordPage page, trial_.records->find(query));
      for (const ports::StoredRecord& record : page.records) {
        if (!visit(record)) return base::ok_status();
      }
      query.after = std::move(page.next);
    } while (!query.after.empty());
    return base::ok_status();
  }
  static std::string incident_of(const ports::StoredRecord& record) {
    const auto found = record.columns.find("incident");
    const auto* text = found == record.columns.end() ? nullptr : std::get_if<std::string>(&found->second);
    return text ? *text : std::string();
  }
  // Whether all alerts that the member lists would have been hidden.
  bool loses(const ports::StoredRecord& record) const {
    const auto member = model::parse_incident_member(record.document);
    return member.ok() && !member->alert_ids.empty() &&
           std::all_of(member->alert_ids.begin(), member->alert_ids.end(),
                       [&](const std::string& id) { return hidden_.contains(id); });
  }

  const ExceptionTrial& trial_;
  const std::unordered_set<std::string>& hidden_;
  std::set<std::string> touched_;
  std::size_t lost_ = 0;
  bool whole_ = true;
  boost::json::array samples_;
};

class TrialRun {
 public:
  TrialRun(const ExceptionTrial& trial, const JobProgress& progress)
      : trial_(trial), progress_(progress), tally_(trial.range), matcher_(trial.condition, trial.taxonomy) {}

  base::Status run() {
    ports::RecordQuery query;
    query.collection = "alerts";
    query.order_by = "time";
    query.limit = kAlertsAtOnce;
    query.tests = {{"time", ports::ColumnTest::Op::at_least, {trial_.range.from}},
                   {"time", ports::ColumnTest::Op::less, {trial_.range.to}}};
    if (!trial_.rules.empty()) {
      ports::ColumnTest of_rules{"rule_id", ports::ColumnTest::Op::in, {}};
      for (const std::string& rule : trial_.rules) of_rules.values.emplace_back(rule);
      query.tests.push_back(std::move(of_rules));
    }
    do {
      if (progress_.cancellation.cancelled()) {
        return base::make_error(base::ErrorCode::cancelled, "the back-test was cancelled");
      }
      TRY_ASSIGN(ports::RecordPage page, trial_.records->find(query));
      TRY(look_at(page.records));
      query.after = std::move(page.next);
    } while (!query.after.empty() && examined_ < kMaxTrialAlerts);
    cut_ = !query.after.empty();
    if (!trial_.with_incidents) return base::ok_status();
    IncidentTrial incidents(trial_, hidden_ids_);
    TRY(incidents.run(progress_.cancellation));
    incidents_ = incidents.json();
    return base::ok_status();
  }

  Reply reply() {
    Reply out;
    out.body = boost::json::object{{"from", time_json(trial_.range.from)},
                                   {"to", time_json(trial_.range.to)},
                                   {"alerts", seen_},
                                   {"hidden", hidden_},
                                   {"whole", !cut_},
                                   {"interval_seconds", tally_.interval_json()},
                                   {"counts", tally_.buckets_json()},
                                   {"by_rule", tally_.top_json("rule_id")},
                                   {"incidents", incidents_},
                                   {"samples", tally_.take_samples()}};
    return out;
  }

 private:
  // Places of alerts by the sequence number of their event.
  using Wanted = std::unordered_map<std::uint64_t, std::vector<std::size_t>>;

  base::Status look_at(const std::vector<ports::StoredRecord>& records) {
    std::vector<StoredAlert> alerts;
    Wanted wanted;
    for (const ports::StoredRecord& record : records) {
      ++examined_;
      const Json document = parsed_json(record.document);
      const std::int64_t sequence = Members(document).integer("event_sequence", 0);
      if (sequence <= 0) continue;
      wanted[static_cast<std::uint64_t>(sequence)].push_back(alerts.size());
      alerts.push_back(stored_alert(Members(document)));
    }
    if (alerts.empty()) return base::ok_status();
    TRY(find_events(alerts, wanted));
    progress_.report(tally_.share(alerts.back().time), fmt::format("{} alerts looked at", examined_));
    return base::ok_status();
  }

  base::Status find_events(const std::vector<StoredAlert>& alerts, const Wanted& wanted) {
    model::SearchRequest request;
    for (const auto& [sequence, places] : wanted) request.sequences.push_back(sequence);
    request.limit = model::SearchRequest::kAll;
    request.count_all = false;
    request.threads = 1;
    std::vector<bool> seen(alerts.size()), hidden(alerts.size());
    const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
      const std::vector<bool> met = matcher_.matches(*batch);
      for (std::size_t row = 0; row < batch->size(); ++row) {
        const auto found = wanted.find((*batch)[row].sequence());
        if (found == wanted.end()) continue;
        for (const std::size_t place : found->second) {
          seen[place] = true;
          hidden[place] = hidden[place] || met[row];
        }
      }
      return !progress_.cancellation.cancelled();
    };
    const auto searched = trial_.events->search(request, sink, progress_.cancellation);
    if (!searched.ok()) return searched.error();
    for (std::size_t i = 0; i < alerts.size(); ++i) count(alerts[i], seen[i], hidden[i]);
    return base::ok_status();
  }

  void count(const StoredAlert& alert, bool seen, bool hidden) {
    seen_ += seen;
    if (!seen || !hidden) return;
    ++hidden_;
    if (trial_.with_incidents) hidden_ids_.insert(alert.id);
    tally_.add(alert.time, alert.rule_id);
    if (!tally_.wants_sample()) return;
    // The stored document may hold what is masked for the caller: a sample names the alert only.
    tally_.add_sample(boost::json::object{{"id", text_json(alert.id)},
                                          {"rule_id", text_json(alert.rule_id)},
                                          {"rule_title", text_json(alert.rule_title)},
                                          {"level", text_json(alert.level)},
                                          {"time", time_json(alert.time)}});
  }

  const ExceptionTrial& trial_;
  const JobProgress& progress_;
  Tally tally_;
  detect::ConditionMatcher matcher_;
  std::uint64_t examined_ = 0, seen_ = 0, hidden_ = 0;
  bool cut_ = false;
  std::unordered_set<std::string> hidden_ids_;
  Json incidents_;  // null: the caller may not see them
};

}  // namespace

Reply run_trial(const ExceptionTrial& trial, const JobProgress& progress) {
  progress.report(0, "looking at the alerts");
  TrialRun run(trial, progress);
  if (const base::Status status = run.run(); !status.ok()) return problem_of(status.error());
  return run.reply();
}

}  // namespace vedette::api::rule_group
