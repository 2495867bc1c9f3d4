// Searches: answered whole, streamed, exported; the language itself.
#include <algorithm>
#include <utility>

#include "rest/groups.hpp"
#include "rest/groups/search_support.hpp"
#include "vedette/base/json_writer.hpp"

namespace vedette::api::search_group {
namespace {

constexpr std::int64_t kMostRows = 10'000;
constexpr std::int64_t kMostExportedRows = 1'000'000;
constexpr std::size_t kMostAnswerBytes = 64u << 20;
constexpr base::TimeNs kProgressEvery = base::kNsPerSecond / 2;

struct Question {
  std::string text, search_id;
  std::shared_ptr<const query::Query> query;
  base::Diagnostics diagnostics;
  query::RunOptions run;
  std::vector<std::string> columns;
  bool explain = false;
};

// Shared by all calls.
struct SearchState {
  RunningSearches running;
  KnownFields known;
};

struct ReadQuestion {
  std::optional<Question> question;
  Reply refusal;
};

ReadQuestion refused_question(Reply refusal) {
  ReadQuestion out;
  out.refusal = std::move(refusal);
  return out;
}

ReadQuestion read_question(Call& call, const RestParts& parts, KnownFields& known, std::int64_t most_rows,
                           std::int64_t rows) {
  const Body body(call.body());
  Question question;
  question.text = body.text("query");
  question.search_id = body.text("search_id");
  question.columns = body.texts("columns");
  question.explain = body.flag("explain");
  call.note("query", question.text);
  const auto range = read_range(body.text("from"), body.text("to"), parts.now());
  if (!range.ok()) return refused_question(problem_of(range.refusal()));
  ReadQuery read = read_query(question.text, parts.now(), known.of(call, parts.now()));
  if (!read.query) return refused_question(std::move(read.refusal));
  question.query = std::move(read.query);
  question.diagnostics = std::move(read.diagnostics);
  question.run.range = *range;
  question.run.limit =
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(body.number("limit", rows), 0, most_rows));
  question.run.limits = limits_of(parts.options);
  if (const Json* sort = body.find("sort"); sort != nullptr && sort->is_array()) {
    for (const Json& key : sort->get_array()) {
      const Body part(key);
      question.run.sort.push_back({.field = part.text("field"), .descending = part.flag("descending")});
    }
  }
  ReadQuestion out;
  out.question = std::move(question);
  return out;
}

void add_ending(boost::json::object& out, const Question& question, const model::SearchResult& result) {
  boost::json::array warnings;
  for (const base::Diagnostic& diagnostic : question.diagnostics) {
    warnings.emplace_back(query::render(diagnostic, question.text));
  }
  for (const std::string& warning : result.warnings) warnings.emplace_back(warning);
  out["total"] = result.total;
  out["total_exact"] = result.total_exact;
  out["approximate"] = result.approximate;
  out["cut"] = cut_json(result);
  out["warnings"] = std::move(warnings);
  out["stats"] = stats_json(result.stats);
  if (question.explain) {
    boost::json::array plan;
    for (const std::string& line : result.stats.plan) plan.emplace_back(line);
    out["plan"] = std::move(plan);
  }
}

boost::json::array names_json(const std::vector<std::string>& names) {
  boost::json::array out;
  for (const std::string& name : names) out.emplace_back(name);
  return out;
}

// Columns that the answer has: those asked for, else those of the query; empty: whole events.
void settle_columns(Question& question, const query::Header& header) {
  if (question.columns.empty()) question.columns = header.columns;
}

// Runs it so that it ends when the client has gone or it is cancelled by its id; nullopt: the id is taken.
std::optional<base::Result<model::SearchResult>> run_question(Call& call, RunningSearches& running,
                                                              const Question& question,
                                                              const query::Output& output,
                                                              const std::function<void()>& tick) {
  const auto token = running.begin(call.principal(), question.search_id);
  if (!token) return std::nullopt;
  struct Ended {
    RunningSearches& running;
    const Principal& who;
    const std::string& id;
    ~Ended() { running.end(who, id); }
  } const ended{running, call.principal(), question.search_id};
  std::optional<base::Result<model::SearchResult>> result;
  const ports::LogStore& events = call.events();
  run_watched(
      call.cancellation(), *token,
      [&] { result = query::run(*question.query, events, question.run, output, *token); }, tick);
  return result;
}

Reply id_is_taken() {
  return problem(409, "search-runs", "a search with this search_id is still running; take another",
                 {{"/search_id", "is in use"}});
}

Reply search(Call& call, const RestParts& parts, SearchState& state) {
  ReadQuestion read = read_question(call, parts, state.known, kMostRows, 100);
  if (!read.question) return std::move(read.refusal);
  Question& question = *read.question;
  std::string rows;
  bool too_large = false;
  query::Output output;
  output.on_header = [&](const query::Header& header) { settle_columns(question, header); };
  output.on_rows = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    for (std::size_t i = 0; i < batch->size() && !too_large; ++i) {
      const std::size_t before = rows.size();
      if (before > 0) rows += ',';
      append_row(rows, (*batch)[i], question.columns);
      too_large = rows.size() > kMostAnswerBytes;
      if (too_large) rows.resize(before);
    }
    return !too_large;
  };
  auto ran = run_question(call, state.running, question, output, nullptr);
  if (!ran) return id_is_taken();
  if (!ran->ok()) return problem_of(ran->error());
  boost::json::object ending;
  add_ending(ending, question, **ran);
  if (too_large) {
    ending["cut"] = boost::json::object{{"kind", "size"},
                                        {"reason", "the rows are larger than 64 MiB; ask for fewer columns"}};
  }
  std::string body = R"({"columns":)" + boost::json::serialize(names_json(question.columns)) + R"(,"rows":[)";
  body += rows + "]," + boost::json::serialize(ending).substr(1);
  return Reply{.status = 200,
               .body = {},
               .raw = std::move(body),
               .content_type = "application/json",
               .etag = {},
               .headers = {}};
}

// A search whose rows are written as they come. The head goes out with the header of the query, so that what
// is refused before is an ordinary problem.
class Streamed {
 public:
  Streamed(Call& call, std::string content_type, net::Headers headers)
      : call_(call), type_(std::move(content_type)), headers_(std::move(headers)) {}
  bool started() {
    const std::lock_guard lock(mutex_);
    return stream_ != nullptr;
  }
  bool write(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (stream_ == nullptr) stream_ = &call_.stream(type_, headers_);
    gone_ = gone_ || !stream_->write(text);
    return !gone_;
  }
  void wrote_rows(std::uint64_t rows) {
    const std::lock_guard lock(mutex_);
    rows_ += rows;
  }
  std::uint64_t rows() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  Call& call_;
  std::string type_;
  net::Headers headers_;
  std::mutex mutex_;  // guards what follows, and writing
  Stream* stream_ = nullptr;
  bool gone_ = false;
  std::uint64_t rows_ = 0;
};

Reply answered_by_stream() {
  Reply reply;
  reply.streamed = true;
  return reply;
}

Reply stream_search(Call& call, const RestParts& parts, SearchState& state) {
  ReadQuestion read = read_question(call, parts, state.known, kMostRows, 100);
  if (!read.question) return std::move(read.refusal);
  Question& question = *read.question;
  Streamed stream(call, "application/x-ndjson", {});
  query::Output output;
  output.on_header = [&](const query::Header& header) {
    settle_columns(question, header);
    stream.write(boost::json::serialize(boost::json::object{
                     {"header", boost::json::object{{"columns", names_json(question.columns)}}}}) +
                 "\n");
  };
  output.on_rows = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    std::string lines;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      lines += R"({"row":)";
      append_row(lines, (*batch)[i], question.columns);
      lines += "}\n";
    }
    stream.wrote_rows(batch->size());
    return stream.write(lines);
  };
  const base::TimeNs began = parts.now();
  base::TimeNs told = began;
  const auto tick = [&] {
    const base::TimeNs now = parts.now();
    if (now - told < kProgressEvery) return;
    told = now;
    const boost::json::object progress{
        {"rows", stream.rows()},
        {"seconds", static_cast<double>(now - began) / static_cast<double>(base::kNsPerSecond)}};
    stream.write(boost::json::serialize(boost::json::object{{"progress", progress}}) + "\n");
  };
  auto ran = run_question(call, state.running, question, output, tick);
  if (!ran) return id_is_taken();
  if (!ran->ok()) {
    if (!stream.started()) return problem_of(ran->error());
    const Reply failed = problem_of(ran->error());
    stream.write(boost::json::serialize(boost::json::object{{"error", failed.body}}) + "\n");
    return answered_by_stream();
  }
  boost::json::object ending{{"rows", stream.rows()}};
  add_ending(ending, question, **ran);
  stream.write(boost::json::serialize(boost::json::object{{"done", std::move(ending)}}) + "\n");
  return answered_by_stream();
}

void append_csv_row(std::string& out, const model::Event& event, const std::vector<std::string>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_cell(out, cell_text(event, columns[i]));
  }
  out += "\r\n";
}

std::string csv_head(const std::vector<std::string>& columns) {
  std::string out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    append_csv_cell(out, columns[i]);
  }
  return out + "\r\n";
}

// An export that is not whole says so in its last line.
std::string incomplete_line(bool csv, const std::string& why) {
  std::string out;
  if (csv) {
    append_csv_cell(out, "incomplete: " + why);
    return out + "\r\n";
  }
  return boost::json::serialize(boost::json::object{{"incomplete", why}}) + "\n";
}

Reply export_search(Call& call, const RestParts& parts, SearchState& state) {
  ReadQuestion read = read_question(call, parts, state.known, kMostExportedRows, 100'000);
  if (!read.question) return std::move(read.refusal);
  Question& question = *read.question;
  const bool csv = Body(call.body()).text("format") == "csv";
  Streamed stream(call, csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson",
                  {{"Content-Disposition",
                    csv ? "attachment; filename=\"events.csv\"" : "attachment; filename=\"events.ndjson\""}});
  query::Output output;
  output.on_header = [&](const query::Header& header) {
    settle_columns(question, header);
    if (csv && question.columns.empty()) {
      question.columns = {"@timestamp", "_id",       "event.dataset",  "host.name",
                          "user.name",  "source.ip", "destination.ip", "message"};
    }
    stream.write(csv ? csv_head(question.columns) : std::string());
  };
  output.on_rows = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    std::string lines;
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (csv) {
        append_csv_row(lines, (*batch)[i], question.columns);
      } else {
        append_row(lines, (*batch)[i], question.columns);
        lines += '\n';
      }
    }
    stream.wrote_rows(batch->size());
    return stream.write(lines);
  };
  auto ran = run_question(call, state.running, question, output, nullptr);
  if (!ran) return id_is_taken();
  call.note("rows", std::to_string(stream.rows()));
  if (!ran->ok()) {
    if (!stream.started()) return problem_of(ran->error());
    stream.write(incomplete_line(csv, ran->error().message));
  } else if ((*ran)->cut != model::Cut::none) {
    stream.write(incomplete_line(csv, (*ran)->cut_reason));
  }
  return answered_by_stream();
}

Reply validate(Call& call, const RestParts& parts, SearchState& state) {
  const std::string text = Body(call.body()).text("query");
  const ReadQuery read = read_query(text, parts.now(), state.known.of(call, parts.now()));
  boost::json::array problems;
  for (const base::Diagnostic& diagnostic : read.diagnostics) {
    problems.emplace_back(
        boost::json::object{{"severity", diagnostic.severity == base::Severity::error ? "error" : "warning"},
                            {"code", diagnostic.code},
                            {"message", diagnostic.message},
                            {"help", diagnostic.help},
                            {"line", diagnostic.span.line},
                            {"column", diagnostic.span.column},
                            {"shown", query::render(diagnostic, text)}});
  }
  bool live = false;
  if (read.query) live = query::LiveQuery::create(read.query, {}).ok();
  Reply reply;
  reply.body =
      boost::json::object{{"ok", read.query != nullptr}, {"live", live}, {"problems", std::move(problems)}};
  return reply;
}

boost::json::array described_json(const std::vector<query::Described>& described) {
  boost::json::array out;
  for (const query::Described& one : described) {
    out.emplace_back(
        boost::json::object{{"name", one.name}, {"syntax", one.syntax}, {"summary", one.summary}});
  }
  return out;
}

Reply language() {
  Reply reply;
  reply.body = boost::json::object{{"commands", described_json(query::commands())},
                                   {"functions", described_json(query::functions())}};
  return reply;
}

}  // namespace
}  // namespace vedette::api::search_group

namespace vedette::api {

void add_search_handlers(HandlerTable& handlers, const RestParts& parts) {
  namespace group = search_group;
  const auto state = std::make_shared<group::SearchState>();
  handlers["search"] = [parts, state](Call& call) { return group::search(call, parts, *state); };
  handlers["streamSearch"] = [parts, state](Call& call) { return group::stream_search(call, parts, *state); };
  handlers["exportSearch"] = [parts, state](Call& call) { return group::export_search(call, parts, *state); };
  handlers["cancelSearch"] = [state](Call& call) {
    if (!state->running.cancel(call.principal(), std::string(call.path("search_id"))))
      return not_found("search");
    Reply reply;
    reply.status = 204;
    return reply;
  };
  handlers["validateQuery"] = [parts, state](Call& call) { return group::validate(call, parts, *state); };
  handlers["getQueryLanguage"] = [](Call&) { return group::language(); };
  add_field_handlers(handlers, parts);
}

}  // namespace vedette::api
