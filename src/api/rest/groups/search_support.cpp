#include "rest/groups/search_support.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <system_error>
#include <thread>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::api::search_group {
namespace {

constexpr std::string_view kTimeColumn = "@timestamp";
constexpr std::string_view kIdColumn = "_id";
constexpr base::TimeNs kKnownFieldsAge = 300 * base::kNsPerSecond;
constexpr base::TimeNs kCountedFieldsAge = 900 * base::kNsPerSecond;
constexpr std::size_t kMostScopes = 100;

std::string_view cut_name(model::Cut cut) {
  switch (cut) {
    case model::Cut::none:
      return "none";
    case model::Cut::memory:
      return "memory";
    case model::Cut::rows:
      return "rows";
    case model::Cut::groups:
      return "groups";
    case model::Cut::time:
      return "time";
    case model::Cut::cancelled:
      return "cancelled";
  }
  return "none";
}

model::FieldId id_field_of_rows() {
  static const model::FieldId kField = model::intern(kIdColumn);
  return kField;
}

// Empty if the row has none.
std::string row_id(const model::Event& event) {
  const std::string_view own = event.text(id_field_of_rows());
  if (!own.empty()) return std::string(own);
  return event.sequence() == 0 ? std::string() : expr::id_text(event.sequence());
}

const model::Value* find_column(const model::Event& event, const std::string& column) {
  model::FieldId field;
  return model::FieldTable::instance().find(column, field) ? event.find(field) : nullptr;
}

void append_columns(std::string& out, const model::Event& event, const std::vector<std::string>& columns) {
  base::JsonWriter json(out);
  json.begin_object();
  for (const std::string& column : columns) {
    const model::Value* value = find_column(event, column);
    if (value != nullptr) {
      std::string text;
      model::append_json(text, *value);
      json.key(column).raw(text);
    } else if (column == kTimeColumn && event.time() != 0) {
      json.field(column, base::format_rfc3339(event.time()));
    } else if (column == kIdColumn && event.sequence() != 0) {
      json.field(column, expr::id_text(event.sequence()));
    }
  }
  json.end_object();
}

bool takes_for_formula(std::string_view text) {
  constexpr std::string_view kStarts[] = {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"};
  return std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view start) { return text.starts_with(start); });
}

Reply query_problem(const base::Diagnostics& diagnostics, const std::string& text,
                    const std::string& pointer) {
  std::string detail;
  std::vector<FieldProblem> errors;
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity != base::Severity::error || errors.size() >= 10) continue;
    detail += (detail.empty() ? "" : "\n") + query::render(diagnostic, text);
    std::string message = diagnostic.message;
    if (!diagnostic.help.empty()) message += "; " + diagnostic.help;
    errors.push_back({pointer, std::move(message), std::int64_t{diagnostic.span.column}});
  }
  return problem(422, "query", detail, std::move(errors));
}

// Ends the work, whatever happens to who waits for it.
struct Joined {
  std::thread& thread;
  base::CancellationToken& token;
  ~Joined() {
    if (std::uncaught_exceptions() > 0) token.cancel();
    thread.join();
  }
};

// Scopes that see the same have the same text.
std::string scope_text(const DataScope& scope) {
  std::string out;
  const auto add = [&](std::string_view text) {
    out.append(std::to_string(text.size())).append(1, ':').append(text);
  };
  add(scope.tenant);
  for (const DataScope::Rows& rows : scope.rows) {
    out += '/';
    for (const std::string& dataset : rows.datasets) add(dataset);
    out += '?';
    add(rows.filter_text);
  }
  out += '-';
  for (const std::string& field : scope.masked_fields) add(field);
  return out;
}

std::string running_key(const Principal& who, const std::string& id) {
  return who.user_id + '\0' + who.key_id + '\0' + id;
}

}  // namespace

std::string Body::text(std::string_view name) const {
  const Json* value = find(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(text->data(), text->size()) : std::string();
}

std::int64_t Body::number(std::string_view name, std::int64_t otherwise) const {
  const Json* value = find(name);
  if (value == nullptr) return otherwise;
  if (const auto* number = value->if_int64()) return *number;
  return otherwise;
}

bool Body::flag(std::string_view name) const {
  const Json* value = find(name);
  const bool* flag = value ? value->if_bool() : nullptr;
  return flag != nullptr && *flag;
}

std::vector<std::string> Body::texts(std::string_view name) const {
  std::vector<std::string> out;
  const Json* value = find(name);
  if (const auto* list = value ? value->if_array() : nullptr) {
    for (const Json& item : *list) {
      if (const auto* text = item.if_string()) out.emplace_back(text->data(), text->size());
    }
  }
  return out;
}

std::optional<base::TimeNs> read_time(std::string_view text, base::TimeNs now) {
  if (!text.starts_with("now")) return base::parse_iso8601(text);
  text.remove_prefix(3);
  if (text.empty()) return now;
  const auto duration = base::parse_duration(text.substr(1));
  if (!duration || (text[0] != '-' && text[0] != '+')) return std::nullopt;
  base::TimeNs out = 0;
  const bool overflow = text[0] == '-' ? __builtin_sub_overflow(now, *duration, &out)
                                       : __builtin_add_overflow(now, *duration, &out);
  return overflow ? std::nullopt : std::optional(out);
}

Allowed<model::TimeRange> read_range(std::string_view from, std::string_view to, base::TimeNs now,
                                     const std::string& place) {
  model::TimeRange range;
  for (const bool start : {true, false}) {
    const std::string_view text = start ? from : to;
    if (text.empty()) continue;
    const auto time = read_time(text, now);
    if (!time) {
      return Refusal{.kind = Refusal::Kind::invalid,
                     .message = "not a time: give RFC 3339 (2026-11-24T08:00:00Z), now, or now-15m",
                     .field = place + (start ? "from" : "to")};
    }
    (start ? range.from : range.to) = *time;
  }
  if (range.from >= range.to) {
    return Refusal{
        .kind = Refusal::Kind::invalid, .message = "the end must be after the start", .field = place + "to"};
  }
  return range;
}

ReadQuery read_query(const std::string& text, base::TimeNs now, const std::vector<std::string>& known,
                     const std::string& pointer) {
  query::Parsed parsed = query::parse(text, {.now = now, .known_fields = known});
  ReadQuery out;
  out.query = std::move(parsed.query);
  out.diagnostics = std::move(parsed.diagnostics);
  if (!out.query) out.refusal = query_problem(out.diagnostics, text, pointer);
  return out;
}

std::vector<std::string> KnownFields::of(Call& call, base::TimeNs now) {
  const DataScope& scope = call.principal().scope;
  const std::string key = scope_text(scope);
  {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(key);
    if (found != names_.end() && found->second.until > now) return found->second.names;
  }
  model::TimeRange range;
  if (!scope.tenant.empty() || !scope.sees_all_rows()) range.from = now - kCountedFieldsAge;
  Names names;
  names.until = now + kKnownFieldsAge;
  if (const auto fields = call.events().fields(range); fields.ok()) {
    for (const ports::FieldUse& field : *fields) names.names.push_back(field.name);
  }
  const std::lock_guard lock(mutex_);
  if (names_.size() >= kMostScopes) names_.clear();
  return (names_[key] = std::move(names)).names;
}

ReadFilter read_filter(const std::string& text, base::TimeNs now) {
  ReadFilter out;
  if (text.empty()) {
    out.filter =
        model::Predicate{.kind = model::Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
    return out;
  }
  auto filter = query::parse_filter(text, {.now = now, .known_fields = {}});
  if (filter.ok()) {
    out.filter = std::move(*filter);
    return out;
  }
  ReadQuery whole = read_query(text, now);
  out.refusal = whole.query ? problem(422, "query", filter.error().message,
                                      {{"/query", "only a filter is taken here, without | and commands"}})
                            : std::move(whole.refusal);
  return out;
}

model::Predicate all_of(std::vector<model::Predicate> parts) {
  model::Predicate out;
  out.kind = model::Predicate::Kind::all_of;
  out.children = std::move(parts);
  return out;
}

model::Predicate field_is(std::string_view field, model::MatchOp op, std::string_view text) {
  model::Predicate out;
  out.kind = model::Predicate::Kind::test;
  out.test.field = field;
  out.test.op = op;
  out.test.text = text;
  return out;
}

model::SearchLimits limits_of(const RestOptions& options) {
  model::SearchLimits limits;
  limits.max_memory = options.search_memory;
  limits.timeout = options.search_timeout;
  return limits;
}

Json cut_json(const model::SearchResult& result) {
  if (result.cut == model::Cut::none) return nullptr;
  return boost::json::object{{"kind", cut_name(result.cut)}, {"reason", result.cut_reason}};
}

Json stats_json(const model::SearchStats& stats) {
  return boost::json::object{{"seconds", stats.seconds},
                             {"rows_visited", stats.rows_visited},
                             {"rows_matched", stats.rows_matched},
                             {"bytes_read", stats.bytes_read},
                             {"parts", stats.parts},
                             {"parts_skipped", stats.parts_skipped},
                             {"blocks", stats.blocks}};
}

void append_row(std::string& out, const model::Event& event, const std::vector<std::string>& columns) {
  if (!columns.empty()) return append_columns(out, event, columns);
  model::append_fields_json(out, event);
  if (event.find(id_field_of_rows()) == nullptr && event.sequence() != 0) {
    out += ",\"_id\":\"" + expr::id_text(event.sequence()) + '"';
  }
  out += '}';
}

std::string cell_text(const model::Event& event, const std::string& column) {
  const model::Value* value = find_column(event, column);
  if (value == nullptr) {
    if (column == kTimeColumn && event.time() != 0) return base::format_rfc3339(event.time());
    return column == kIdColumn ? row_id(event) : std::string();
  }
  std::string out;
  model::TextBuffer buffer;
  for (const model::Value& element : value->elements()) {
    if (!out.empty()) out += ' ';
    out += model::text_of(element, buffer);
  }
  return out;
}

void append_csv_cell(std::string& line, std::string_view text) {
  std::string safe = takes_for_formula(text) ? "'" : "";
  safe += base::escape_control(text);
  if (safe.find_first_of("\",;") == std::string::npos && !safe.starts_with(' ') && !safe.ends_with(' ')) {
    line += safe;
    return;
  }
  line += '"';
  for (const char c : safe) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

RunningSearches::Token RunningSearches::begin(const Principal& who, const std::string& id) {
  auto token = std::make_shared<base::CancellationToken>();
  if (id.empty()) return token;
  const std::lock_guard lock(mutex_);
  return running_.emplace(running_key(who, id), token).second ? token : nullptr;
}

void RunningSearches::end(const Principal& who, const std::string& id) {
  if (id.empty()) return;
  const std::lock_guard lock(mutex_);
  running_.erase(running_key(who, id));
}

bool RunningSearches::cancel(const Principal& who, const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(running_key(who, id));
  if (found == running_.end()) return false;
  found->second->cancel();
  return true;
}

void run_watched(const base::CancellationToken& client, base::CancellationToken& token,
                 const std::function<void()>& work, const std::function<void()>& tick) {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::exception_ptr fault;  // of the work: it goes on in the thread that waits
  std::thread worker;
  try {
    worker = std::thread([&] {
      try {
        work();
      } catch (...) {
        fault = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      done = true;
      changed.notify_all();
    });
  } catch (const std::system_error&) {
    return work();  // no more threads: the client is not watched
  }
  {
    const Joined joined{worker, token};
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, std::chrono::milliseconds(100), [&] { return done; })) {
      lock.unlock();
      if (client.cancelled()) token.cancel();
      if (tick) tick();
      lock.lock();
    }
  }
  if (fault) std::rethrow_exception(fault);
}

}  // namespace vedette::api::search_group
