#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "json_rows.hpp"
#include "remote_commands.hpp"
#include "server_options.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/report/rows.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kSearchOnServerName = "search";
constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;
constexpr std::size_t kBatchRows = 256;
constexpr std::uint64_t kServerRows = 10'000;  // a server gives no more at once

struct Question {
  std::string body;
  std::uint64_t limit = 0;
  bool limited_by_server = false;
  std::chrono::milliseconds timeout{std::chrono::hours(1)};
  report::RowFormat format = report::RowFormat::table;
};

base::Result<Question> read_question(const Args& args) {
  Question question;
  if (args.positional().size() > 1) return invalid("the query is one argument: put it in quotes");
  for (const char* option : {"--threads", "--max-memory"}) {
    if (args.has(option)) return invalid(fmt::format("{} is for a data folder, not for a server", option));
  }
  if (!report::parse_row_format(args.get("--output", args.get("--format", "table")), question.format)) {
    return invalid("--output is table, ndjson, json or csv");
  }
  TRY_ASSIGN(const model::TimeRange range, time_range(args));
  TRY_ASSIGN(question.limit, count_option(args, "--limit", "100"));
  question.limited_by_server = question.limit == 0 || question.limit > kServerRows;
  if (question.limited_by_server) question.limit = kServerRows;
  if (args.has("--timeout")) {
    const auto timeout = base::parse_duration(args.get("--timeout"));
    if (!timeout || *timeout < base::kNsPerMs) return invalid("--timeout is a duration such as 30s");
    question.timeout = std::chrono::milliseconds(*timeout / base::kNsPerMs);
  }
  base::JsonWriter json(question.body);
  json.begin_object().field("query", args.positional().empty() ? std::string() : args.positional()[0]);
  json.field("limit", question.limit);
  if (args.has("--from")) json.field("from", base::format_rfc3339(range.from));
  if (args.has("--to")) json.field("to", base::format_rfc3339(range.to));
  if (args.has("--oldest-first")) {
    json.key("sort").begin_array().begin_object().field("field", "@timestamp").field("descending", false);
    json.end_object().end_array();
  }
  if (args.has("--explain")) json.field("explain", true);
  json.end_object();
  return question;
}

// Takes the lines of the answer as they come.
class AnswerReader {
 public:
  explicit AnswerReader(report::RowWriter& writer) : writer_(writer) {}

  bool take(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::size_t end = bytes.find('\n', at);
      pending_.append(bytes.substr(at, end == std::string_view::npos ? end : end - at));
      if (pending_.size() > kMaxLineBytes) return fail("a line of the answer is too long");
      if (end == std::string_view::npos) break;
      at = end + 1;
      if (!take_line()) return false;
    }
    if (rows_.size() > 0) write_rows();
    return !std::ferror(stdout);
  }

  void finish() {
    if (!pending_.empty()) take_line();
    if (rows_.size() > 0) write_rows();
    if (begun_) writer_.finish();
  }

  const std::string& problem() const { return problem_; }
  std::uint64_t rows() const { return count_; }
  bool done() const { return done_.has_value(); }
  JsonView ending() const { return done_ ? (*done_)["done"] : JsonView(); }

 private:
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  void begin() {
    if (std::exchange(begun_, true)) return;
    writer_.begin(columns_);
  }

  void write_rows() {
    begin();
    writer_.write(*rows_.take());
  }

  bool take_line() {
    const std::string line = std::exchange(pending_, std::string());
    if (base::trim(line).empty()) return true;
    auto parsed = JsonDocument::parse(line);
    if (!parsed) return fail("the answer holds a line that is no JSON");
    const JsonDocument& document = *parsed;
    if (const JsonView row = document["row"]; row.there()) {
      rows_.add(row, columns_);
      ++count_;
      if (rows_.size() >= kBatchRows) write_rows();
    } else if (document["error"].there()) {
      const std::string detail = document["error"]["detail"].text();
      return fail(base::escape_control(detail.empty() ? "the search failed" : detail));
    } else if (document["done"].there()) {
      begin();
      done_ = std::move(*parsed);
    } else if (const JsonView header = document["header"].there() ? document["header"] : document.root();
               header["columns"].there()) {
      columns_ = header["columns"].texts();
      begin();
    }
    return true;
  }

  report::RowWriter& writer_;
  std::string pending_, problem_;
  std::vector<std::string> columns_;
  JsonRows rows_;
  std::uint64_t count_ = 0;
  bool begun_ = false;
  std::optional<JsonDocument> done_;
};

void print_lines(std::string_view text) {
  for (const std::string_view line : base::split(text, '\n')) {
    print(stderr, base::escape_control(line) + "\n");
  }
}

void explain(const JsonView& ending) {
  for (const std::string& line : ending["plan"].texts()) print(stderr, base::escape_control(line) + "\n");
  const JsonView stats = ending["stats"];
  print(stderr, fmt::format("parts: {} read, {} skipped\nrows: {} visited, {} matched\nread: {} bytes in "
                            "{:.1f} ms\n",
                            stats["parts"].integer() - stats["parts_skipped"].integer(),
                            stats["parts_skipped"].integer(), stats["rows_visited"].integer(),
                            stats["rows_matched"].integer(), stats["bytes_read"].integer(),
                            stats["seconds"].real() * 1e3));
}

// Whether the answer is whole.
bool tell_caveats(const AnswerReader& answer, const Question& question) {
  const JsonView ending = answer.ending();
  bool whole = true;
  const auto tell = [&](const std::string& sentence) {
    print(stderr, fmt::format("vedette search: {}\n", sentence));
    whole = false;
  };
  for (const std::string& warning : ending["warnings"].texts()) tell(base::escape_control(warning));
  const JsonView cut = ending["cut"];
  const std::string reason = cut.is_object() ? cut["reason"].text() : cut.text();
  if (cut.is_object() || (!reason.empty() && reason != "none" && reason != "false")) {
    tell("the answer is not whole: " + base::escape_control(reason));
  }
  if (question.limited_by_server && answer.rows() >= question.limit) {
    tell(fmt::format("the answer is not whole: a server gives at most {} rows at once", kServerRows));
  }
  return whole;
}

}  // namespace

int search_on_server(const Args& args, const ServerProfile& profile) {
  const auto question = read_question(args);
  if (!question) return trouble(kSearchOnServerName, question.error().message);
  auto server = connect(profile);
  if (!server) return trouble(kSearchOnServerName, server.error().message);
  const auto writer = report::make_row_writer(
      question->format, [](std::string_view row) { print(stdout, row); }, writer_options(stdout));
  AnswerReader reader(*writer);
  const auto answer = server->ask({.method = "POST",
                                   .path = "/search/stream",
                                   .body = question->body,
                                   .if_match = {},
                                   .timeout = question->timeout,
                                   .on_body = [&](std::string_view bytes) { return reader.take(bytes); }});
  if (answer && !answer->ok()) {
    const node::RemoteProblem problem = answer->problem();
    if (problem.status != 422) return trouble(kSearchOnServerName, problem.to_error().message);
    print_lines(problem.detail);  // the query with a caret
    return kExitTrouble;
  }
  reader.finish();
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    return trouble(kSearchOnServerName, "cannot write: output closed or disk full");
  }
  if (!reader.problem().empty()) return trouble(kSearchOnServerName, reader.problem());
  if (!answer) return trouble(kSearchOnServerName, answer.error().message);
  if (!reader.done())
    return trouble(kSearchOnServerName, "the answer is not whole: the server ended it too soon");
  if (is_terminal(stderr) && !args.has("--quiet")) {
    print(stderr, fmt::format("{} rows in {:.0f} ms{}\n", reader.rows(),
                              reader.ending()["stats"]["seconds"].real() * 1e3,
                              reader.rows() == question->limit ? " (--limit)" : ""));
  }
  if (args.has("--explain")) explain(reader.ending());
  if (!tell_caveats(reader, *question)) return kExitTrouble;
  return reader.rows() > 0 ? kExitClean : kExitFindings;
}

}  // namespace vedette::cli
