// Cases of the listeners over HTTP: tests/listeners/<listener>/<case>.requests holds requests, which are
// given to one end point in order; <case>.answers beside it what it answers and hands to the intake. With
// VEDETTE_UPDATE=1 the expectations are rewritten: read the difference before you commit it.
//
// Requests are separated by lines of "=====". Lines before the request line that begin with "# " set:
//   # tokens: a,b           (also api_keys, basic_auth, acknowledgements; of the first request alone)
//   # max_event_bytes: 64   (of the first request alone)
//   # intake: open | full | no_space | closing | fails CODE
//   # outcome: 3 unparsed the reason   (of the record with this number in the case, from 0)
//   # escapes               (\xNN, \n, \r and \\ in the body stand for bytes)
//   # repeat: 3             (the body so often)
#include <cstdlib>
#include <filesystem>
#include <regex>

#include <gtest/gtest.h>

#include "listeners/elasticsearch.hpp"
#include "listeners/ndjson.hpp"
#include "listeners/otlp.hpp"
#include "listeners/splunk_hec.hpp"
#include "test/http_doubles.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHttpCases = "tests/listeners";

struct CaseRequest {
  std::vector<std::pair<std::string, std::string>> settings;
  net::HttpRequest request;

  std::string setting(std::string_view name) const {
    for (const auto& [key, value] : settings) {
      if (key == name) return value;
    }
    return {};
  }
  bool has(std::string_view name) const {
    return std::any_of(settings.begin(), settings.end(),
                       [&](const auto& pair) { return pair.first == name; });
  }
};

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[i + 1] == 'x' && i + 3 < text.size()) {
      out += static_cast<char>(base::hex_digit(text[i + 2]) * 16 + base::hex_digit(text[i + 3]));
      i += 3;
    } else {
      out += text[i + 1] == 'n' ? '\n' : text[i + 1] == 'r' ? '\r' : text[i + 1];
      ++i;
    }
  }
  return out;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

CaseRequest parse_case_request(std::string_view text) {
  CaseRequest out;
  std::string_view line;
  while ((line = take_line(text)).starts_with("# ")) {
    line.remove_prefix(2);
    const std::size_t colon = std::min(line.find(':'), line.size());
    out.settings.emplace_back(line.substr(0, colon),
                              base::trim(line.substr(std::min(colon + 1, line.size()))));
  }
  const std::vector<std::string_view> words = base::split(line, ' ');
  EXPECT_GE(words.size(), 2u) << line;
  net::Headers headers;
  while (!text.empty() && !(line = take_line(text)).empty()) {
    const std::size_t colon = std::min(line.find(':'), line.size() - 1);
    headers.emplace_back(line.substr(0, colon), base::trim(line.substr(colon + 1)));
  }
  std::string body(text);
  if (out.has("escapes")) {
    if (body.ends_with('\n')) body.pop_back();
    body = unescape(body);
  }
  std::string repeated;
  const auto times = base::parse_uint(out.setting("repeat")).value_or(1);
  for (std::uint64_t i = 0; i < times; ++i) repeated += body;
  out.request = make_request(std::string(words[0]), words[1], std::move(headers), std::move(repeated));
  return out;
}

std::vector<CaseRequest> parse_case(std::string_view text) {
  std::vector<CaseRequest> out;
  std::string current;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line == "=====") {
      out.push_back(parse_case_request(current));
      current.clear();
    } else {
      current.append(line).append("\n");
    }
  }
  out.push_back(parse_case_request(current));
  return out;
}

base::ErrorCode code_named(std::string_view name) {
  if (name == "no_space") return base::ErrorCode::no_space;
  if (name == "closing" || name == "cancelled") return base::ErrorCode::cancelled;
  return name == "busy" ? base::ErrorCode::busy : base::ErrorCode::io;
}

void apply_settings(const CaseRequest& request, RecordingIntake& intake) {
  for (const auto& [name, value] : request.settings) {
    if (name == "intake") {
      intake.full = value == "full";
      intake.closed.reset();
      intake.failure.reset();
      if (value == "no_space")
        intake.closed = base::make_error(base::ErrorCode::no_space, "the disk is nearly full");
      if (value == "closing")
        intake.closed = base::make_error(base::ErrorCode::cancelled, "the server is closing");
      if (value.starts_with("fails "))
        intake.failure = base::make_error(code_named(value.substr(6)), "it went wrong");
    } else if (name == "outcome") {
      const std::vector<std::string_view> words = base::split(value, ' ');
      using Kind = model::RecordOutcome::Kind;
      model::RecordOutcome outcome;
      outcome.kind = words[1] == "conflict"    ? Kind::conflict
                     : words[1] == "duplicate" ? Kind::duplicate
                                               : Kind::unparsed;
      if (words.size() > 2) outcome.reason = std::string(words[2].data(), value.data() + value.size());
      intake.outcomes[*base::parse_uint(words[0])] = outcome;
    }
  }
}

std::shared_ptr<HttpEndpoint> make_endpoint(const std::string& listener, const CaseRequest& first,
                                            ports::Intake& intake, base::Metrics& metrics) {
  HttpDoor::Options options;
  options.listener = listener;
  options.max_event_bytes = base::parse_uint(first.setting("max_event_bytes")).value_or(1u << 20);
  options.max_events_per_second = base::parse_uint(first.setting("max_events_per_second")).value_or(0);
  const auto door = std::make_shared<HttpDoor>(intake, metrics, options);
  const std::string tokens = first.setting("tokens");
  if (listener == "splunk_hec")
    return make_splunk_hec_endpoint(door, {tokens, first.has("acknowledgements")});
  if (listener == "otlp") return make_otlp_endpoint(door, {tokens});
  if (listener == "ndjson") return make_ndjson_endpoint(door, {tokens});
  ElasticsearchOptions elasticsearch;
  elasticsearch.api_keys = first.setting("api_keys");
  elasticsearch.basic_auth = first.setting("basic_auth");
  if (first.has("search")) {
    elasticsearch.search = [](net::ExchangePtr exchange) {
      exchange->respond(text_answer(200, R"({"searched":true})", "application/json"));
    };
  }
  return make_elasticsearch_endpoint(door, elasticsearch);
}

void describe_batch(const model::RawBatch& batch, std::string& out) {
  out += "batch of " + batch.listener + " from " + batch.source->path + " as " + batch.format + "\n";
  const std::size_t shown = std::min<std::size_t>(batch.records.size(), 20);
  for (std::size_t i = 0; i < shown; ++i) {
    const model::RawRecord& record = batch.records[i];
    out += "  record";
    if (!record.id.empty()) out += " id=" + base::escape_control(record.id.substr(0, 64));
    if (record.must_be_new) out += " new";
    if (!record.dataset.empty()) out += " dataset=" + base::escape_control(record.dataset);
    if (record.time != 0) out += " time=" + base::format_rfc3339(record.time);
    out += ": " + base::escape_control(batch.bytes->substr(record.offset, record.size)) + "\n";
    for (std::uint32_t e = record.first_extra; e < record.first_extra + record.extras; ++e) {
      out += "    " + base::escape_control(batch.extras.at(e).first) + ": " +
             base::escape_control(batch.extras.at(e).second) + "\n";
    }
  }
  if (shown < batch.records.size()) out += "  ... " + std::to_string(batch.records.size()) + " in all\n";
}

std::string run_case(const std::string& listener, const std::vector<CaseRequest>& requests) {
  RecordingIntake intake;
  base::Metrics metrics;
  const auto endpoint = make_endpoint(listener, requests.front(), intake, metrics);
  std::string out;
  for (const CaseRequest& request : requests) {
    apply_settings(request, intake);
    intake.batches.clear();
    intake.dead_letters.clear();
    const auto exchange = std::make_shared<RecordingExchange>(request.request);
    if (!out.empty()) out += "=====\n";
    out += request.request.method + " " + base::escape_control(request.request.path) + "\n";
    endpoint->handle(exchange);
    EXPECT_EQ(exchange->answers, 1);
    out += std::to_string(exchange->answer.status) + "\n";
    for (const auto& [name, value] : exchange->answer.headers) out += name + ": " + value + "\n";
    const std::string body =
        std::regex_replace(exchange->answer.body, std::regex("\"took\":[0-9]+"), "\"took\":N");
    out += base::escape_control(body.substr(0, 4000)) + "\n";
    for (const model::RawBatch& batch : intake.batches) describe_batch(batch, out);
    for (const DeadLetter& letter : intake.dead_letters) {
      out +=
          "dead letter (" + letter.reason + "): " + base::escape_control(letter.bytes.substr(0, 100)) + "\n";
    }
  }
  const std::string rendered = metrics.render();
  for (std::string_view rest = rendered; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (line.starts_with("vedette_listener")) out.append(line).append("\n");
  }
  return out;
}

TEST(HttpListenerCases, AnswersAndRecordsAreAsStated) {
  const char* update = std::getenv("VEDETTE_UPDATE");
  const auto files = base::list_files(kHttpCases, {".requests"});
  ASSERT_TRUE(files.ok()) << files.error().message;
  ASSERT_GE(files->size(), 10u);
  for (const std::string& file : *files) {
    SCOPED_TRACE(file);
    const std::string listener = fs::path(file).parent_path().filename().string();
    const std::string expected_file = fs::path(file).replace_extension(".answers").string();
    const std::string got = run_case(listener, parse_case(base::read_file(file).value()));
    if (update != nullptr && std::string_view(update) == "1") {
      ASSERT_TRUE(base::write_file_atomically(expected_file, got).ok());
      continue;
    }
    const auto expected = base::read_file(expected_file);
    ASSERT_TRUE(expected.ok()) << expected.error().message;
    EXPECT_EQ(got, *expected);
  }
}

}  // namespace
}  // namespace vedette::ingest::test
