// Server-sent events: events and alerts as they come, and how the node is.
#include <chrono>
#include <deque>
#include <thread>
#include <utility>

#include "rest/groups.hpp"
#include "rest/groups/alert_view.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/api/scoped_store.hpp"
#include "vedette/detect/alert_book.hpp"

namespace vedette::api::stream_group {
namespace {

using boost::json::object;

constexpr std::size_t kMostRowsAtOnce = 500;
constexpr std::size_t kMostBytesAtOnce = 4u << 20;
constexpr base::TimeNs kRowsEvery = 250 * base::kNsPerMs;
constexpr base::TimeNs kKeepAliveEvery = 15 * base::kNsPerSecond;
constexpr auto kHealthEvery = std::chrono::seconds(5);
// An alert may come before the store has its events: it is looked at again until then.
constexpr base::TimeNs kWaitForEvents = 30 * base::kNsPerSecond;
constexpr std::size_t kMostWaiting = 1'000;

net::Headers stream_headers() {
  return {{"Cache-Control", "no-store"}};
}

Reply after_stream() {
  Reply reply;
  reply.streamed = true;
  return reply;
}

Reply without_live() {
  return not_found("live streams");
}

// Writes rows as "rows" events: at most so many, so often; the others are counted.
class RowEvents {
 public:
  RowEvents(Stream& stream, std::vector<std::string> columns, base::TimeNs now)
      : stream_(stream), columns_(std::move(columns)), flushed_(now - kRowsEvery), written_(now) {}

  void add(const model::EventBatch& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (held_ >= kMostRowsAtOnce || rows_.size() > kMostBytesAtOnce) {
        dropped_ += batch.size() - i;
        return;
      }
      if (held_ > 0) rows_ += ',';
      search_group::append_row(rows_, batch[i], columns_);
      ++held_;
    }
  }

  // `missed`: events that never came here.
  bool flush(base::TimeNs now, std::uint64_t missed) {
    const std::uint64_t dropped = dropped_ + missed;
    if ((held_ > 0 || dropped != told_) && now - flushed_ >= kRowsEvery) {
      const std::string data = "{\"rows\":[" + rows_ + "],\"dropped\":" + std::to_string(dropped) + "}";
      rows_.clear();
      held_ = 0;
      told_ = dropped;
      flushed_ = written_ = now;
      return stream_.event("rows", data);
    }
    if (now - written_ < kKeepAliveEvery) return true;
    written_ = now;
    return stream_.comment();
  }

 private:
  Stream& stream_;
  std::vector<std::string> columns_;
  std::string rows_;
  std::size_t held_ = 0;
  std::uint64_t dropped_ = 0, told_ = 0;
  base::TimeNs flushed_, written_;
};

Reply stream_events(Call& call, const RestParts& parts) {
  if (parts.live == nullptr) return without_live();
  const std::string text(call.query("query").value_or(""));
  call.note("query", text);
  auto read = search_group::read_query(text, parts.now(), {}, "query:query");
  if (!read.query) return std::move(read.refusal);
  const auto live = query::LiveQuery::create(read.query, {});
  if (!live.ok()) {
    return problem(422, "not-live", live.error().message, {{"query:query", live.error().message}});
  }
  REPLY_ASSIGN(const std::unique_ptr<ScopeFilter> scope, ScopeFilter::create(call.principal().scope));
  Stream& stream = call.stream("text/event-stream", stream_headers());
  RowEvents rows(stream, (*live)->header().columns, parts.now());
  if (!stream.comment()) return after_stream();
  std::uint64_t missed = 0;
  const auto on_batch = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    if (batch) {
      const auto seen = scope->filter(batch);
      const auto passed = seen ? (*live)->filter(seen) : nullptr;
      if (passed) rows.add(*passed);
    }
    return rows.flush(parts.now(), missed) && !call.cancellation().cancelled();
  };
  const base::Status followed =
      parts.live->follow(LiveService::Topic::events, on_batch, missed, call.cancellation());
  if (!followed.ok()) stream.event("error", boost::json::serialize(problem_of(followed.error()).body));
  return after_stream();
}

// Alerts that came, until it is known whether they are seen.
class AlertEvents {
 public:
  AlertEvents(Call& call, const RestParts& parts, Stream& stream)
      : call_(call), parts_(parts), view_(parts, call), stream_(stream), written_(parts.now()) {}

  void add(const model::EventBatch& batch) {
    const auto records = model::alert_records(batch);
    if (!records.ok()) return;
    for (const model::AlertRecord& record : *records) {
      if (detect::alert_tenant(record) != call_.principal().scope.tenant) continue;
      auto alert = alerts_group::read_alert(record, view_.mask());
      if (!alert) continue;
      if (waiting_.size() >= kMostWaiting) waiting_.pop_front();
      waiting_.push_back({std::move(*alert), parts_.now() + kWaitForEvents});
    }
  }

  bool flush(std::uint64_t missed) {
    const base::TimeNs now = parts_.now();
    std::vector<alerts_group::SeenAlert> alerts;
    for (const Waiting& one : waiting_) alerts.push_back(one.alert);
    const auto visible = view_.visible(alerts);
    if (!visible.ok()) return !call_.cancellation().cancelled();
    std::deque<Waiting> still;
    for (std::size_t i = 0; i < alerts.size(); ++i) {
      if ((*visible)[i]) {
        if (!write(alerts_group::alert_json(alerts[i], false), missed)) return false;
      } else if (waiting_[i].until > now) {
        still.push_back(std::move(waiting_[i]));
      }
    }
    waiting_ = std::move(still);
    if (now - written_ < kKeepAliveEvery) return true;
    written_ = now;
    return stream_.comment();
  }

 private:
  struct Waiting {
    alerts_group::SeenAlert alert;
    base::TimeNs until = 0;
  };
  bool write(const object& alert, std::uint64_t missed) {
    written_ = parts_.now();
    return stream_.event("alert", boost::json::serialize(object{{"alert", alert}, {"dropped", missed}}));
  }

  Call& call_;
  const RestParts& parts_;
  alerts_group::AlertView view_;
  Stream& stream_;
  std::deque<Waiting> waiting_;
  base::TimeNs written_;
};

Reply stream_alerts(Call& call, const RestParts& parts) {
  if (parts.live == nullptr) return without_live();
  Stream& stream = call.stream("text/event-stream", stream_headers());
  if (!stream.comment()) return after_stream();
  AlertEvents alerts(call, parts, stream);
  std::uint64_t missed = 0;
  const auto on_batch = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    if (batch) alerts.add(*batch);
    return alerts.flush(missed) && !call.cancellation().cancelled();
  };
  const base::Status followed =
      parts.live->follow(LiveService::Topic::alerts, on_batch, missed, call.cancellation());
  if (!followed.ok()) stream.event("error", boost::json::serialize(problem_of(followed.error()).body));
  return after_stream();
}

std::string health_json(const RestParts& parts) {
  boost::json::array checks, facts;
  bool ready = true;
  for (const NodeService::Check& check : parts.node->checks()) {
    ready = ready && check.problem.empty();
    checks.emplace_back(object{{"name", check.name},
                               {"problem", check.problem.empty() ? Json(nullptr) : Json(check.problem)}});
  }
  for (const Fact& fact : parts.node->facts())
    facts.emplace_back(object{{"name", fact.name}, {"value", fact.value}});
  return boost::json::serialize(object{{"time", time_json(parts.now())},
                                       {"ready", ready},
                                       {"checks", std::move(checks)},
                                       {"facts", std::move(facts)}});
}

Reply stream_health(Call& call, const RestParts& parts) {
  if (parts.node == nullptr) return not_found("health of the node");
  Stream& stream = call.stream("text/event-stream", stream_headers());
  while (!call.cancellation().cancelled() && stream.event("health", health_json(parts))) {
    const auto until = std::chrono::steady_clock::now() + kHealthEvery;
    while (!call.cancellation().cancelled() && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  return after_stream();
}

}  // namespace
}  // namespace vedette::api::stream_group

namespace vedette::api {

void add_stream_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = stream_group;
  handlers["streamEvents"] = [parts](Call& call) { return group::stream_events(call, parts); };
  handlers["streamAlerts"] = [parts](Call& call) { return group::stream_alerts(call, parts); };
  handlers["streamHealth"] = [parts](Call& call) { return group::stream_health(call, parts); };
}

}  // namespace vedette::api
