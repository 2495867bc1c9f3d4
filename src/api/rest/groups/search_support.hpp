// What searches, facets, exports and streams have in common: reading bodies, times and queries, rows as
// JSON and CSV, and searches that can be ended from outside.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "rest/call.hpp"
#include "vedette/base/cancellation.hpp"
#include "vedette/model/event.hpp"
#include "vedette/model/search.hpp"
#include "vedette/query/query.hpp"

namespace vedette::api::search_group {

// A JSON object whose members have the types of their schema; what is not there, or of another type, is
// empty. Refers to the value it is made of.
class Body {
 public:
  explicit Body(const Json& json) : object_(json.if_object()) {}
  const Json* find(std::string_view name) const { return object_ ? object_->if_contains(name) : nullptr; }
  std::string text(std::string_view name) const;
  std::int64_t number(std::string_view name, std::int64_t otherwise) const;
  bool flag(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;

 private:
  const boost::json::object* object_;
};

// An RFC 3339 time, a date, or now, now-15m, now+1d. nullopt if it is neither.
std::optional<base::TimeNs> read_time(std::string_view text, base::TimeNs now);
// Empty texts leave an end open. `place`: "/" for bodies, "query:" for parameters.
Allowed<model::TimeRange> read_range(std::string_view from, std::string_view to, base::TimeNs now,
                                     const std::string& place = "/");

// Null if the text has errors: `refusal` is the problem then (422, with column and caret).
struct ReadQuery {
  std::shared_ptr<const query::Query> query;
  base::Diagnostics diagnostics;
  Reply refusal;
};
// `known`: names of fields for "did you mean"; empty: none are looked up.
ReadQuery read_query(const std::string& text, base::TimeNs now, const std::vector<std::string>& known = {},
                     const std::string& pointer = "/query");

// Names of the fields that a principal sees, kept for five minutes: whoever sees some events only gets those
// of the last quarter of an hour, since they have to be counted. Thread safe.
class KnownFields {
 public:
  std::vector<std::string> of(Call& call, base::TimeNs now);

 private:
  struct Names {
    base::TimeNs until = 0;
    std::vector<std::string> names;
  };
  std::mutex mutex_;                              // guards names_
  std::unordered_map<std::string, Names> names_;  // by scope; at most kMostScopes
};

// A filter without stages.
struct ReadFilter {
  std::optional<model::Predicate> filter;
  Reply refusal;
};
ReadFilter read_filter(const std::string& text, base::TimeNs now);
model::Predicate all_of(std::vector<model::Predicate> parts);
model::Predicate field_is(std::string_view field, model::MatchOp op, std::string_view text);

model::SearchLimits limits_of(const RestOptions& options);
// {"kind", "reason"} or null.
Json cut_json(const model::SearchResult& result);
Json stats_json(const model::SearchStats& stats);

// One event as a JSON object: whole (with "_id") if there are no columns, else these as far as it has them.
void append_row(std::string& out, const model::Event& event, const std::vector<std::string>& columns);
// Text of a column ("@timestamp" and "_id" included); lists joined by blanks.
std::string cell_text(const model::Event& event, const std::string& column);
// A cell of a CSV file that no spreadsheet takes for a formula.
void append_csv_cell(std::string& line, std::string_view text);

// Searches that run under an id that their client gave. Thread safe.
class RunningSearches {
 public:
  using Token = std::shared_ptr<base::CancellationToken>;
  // Null: one with this id runs already. An empty id is not kept.
  Token begin(const Principal& who, const std::string& id);
  void end(const Principal& who, const std::string& id);
  bool cancel(const Principal& who, const std::string& id);

 private:
  std::mutex mutex_;  // guards running_
  std::unordered_map<std::string, Token> running_;
};

// Does `work` on a thread of its own; meanwhile cancels `token` as soon as the client has gone and calls
// `tick` ten times a second (may be null). Returns when the work is done.
void run_watched(const base::CancellationToken& client, base::CancellationToken& token,
                 const std::function<void()>& work, const std::function<void()>& tick);

}  // namespace vedette::api::search_group

namespace vedette::api {

// Parts of groups that stand in files of their own.
void add_field_handlers(HandlerTable& handlers, const RestParts& parts);
void add_alert_action_handlers(HandlerTable& handlers, const RestParts& parts);

// "saved_searches" and "alert_undo"; part of rest_collections().
std::vector<ports::CollectionSchema> search_and_alert_collections();

}  // namespace vedette::api
