// A whole API over a real record store, with small doubles of the node's services.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "rest_doubles.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/api/intel_records.hpp"
#include "vedette/api/services.hpp"
#include "vedette/cases/incident_book.hpp"
#include "vedette/detect/alert_book.hpp"
#include "vedette/detect/rule_book.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::api::test {

// Rules as a node would have them: two of files, and those of the book that the last reload found active.
class FakeRules final : public RuleService {
 public:
  explicit FakeRules(const ports::RecordStore& records) : book_(records) {
    add_file("file-a", "Beta", model::Level::low, {"attack.execution", "attack.t1059.001"});
    add_file("file-b", "Alpha", model::Level::high, {"attack.persistence"});
  }
  std::vector<detect::RuleState> states() const override { return states_; }
  base::Result<std::string> source_of(std::string_view id) const override { return "id: " + std::string(id); }
  base::Status reload() override {
    ++reloads;
    if (!reload_fault.empty()) return base::make_error(base::ErrorCode::io, reload_fault);
    TRY_ASSIGN(sources, book_.active_sources());
    std::erase_if(states_, [](const auto& state) { return detect::id_of_book_file(state.file).has_value(); });
    for (const std::string& id : sources.ids) {
      add(id, "Of the book", detect::book_file_name(id), model::Level::medium, {});
    }
    return base::ok_status();
  }
  base::Result<BackTest> back_test(std::string_view, const ports::LogStore&, const model::TimeRange& range,
                                   const std::function<bool(const model::AlertRecord&)>& on_alert,
                                   const base::CancellationToken&) const override {
    BackTest result{1000, 0};
    for (int i = 0; i < 150; ++i) {
      model::AlertRecord alert;
      alert.id = std::to_string(i);
      alert.rule_id = "tried";
      alert.time = range.from + i * base::kNsPerSecond;
      alert.group_key = i % 3 == 0 ? "c" : "a";
      ++result.alerts;
      if (!on_alert(alert)) break;
    }
    return result;
  }
  base::Result<std::vector<std::vector<model::AlertRecord>>> test(
      std::string_view, const std::vector<std::string>& events) const override {
    std::vector<std::vector<model::AlertRecord>> all;
    for (const std::string& event : events) {
      all.emplace_back();
      if (event.find("evil") != std::string::npos) all.back().emplace_back().rule_id = "tried";
    }
    return all;
  }
  base::Diagnostics lint(std::string_view yaml) const override {
    if (yaml.find("faulty") == std::string_view::npos) return {};
    return {{base::Severity::error, "rule.yml", {3, 5}, "bad", "the rule is faulty", {}}};
  }

  int reloads = 0;
  std::string reload_fault;
  detect::ActiveSources sources;  // of the last reload

 private:
  void add_file(const std::string& id, const std::string& title, model::Level level,
                std::vector<std::string> tags) {
    add(id, title, "rules/" + id + ".yml", level, std::move(tags));
  }
  void add(const std::string& id, const std::string& title, const std::string& file, model::Level level,
           std::vector<std::string> tags) {
    auto info = std::make_shared<model::RuleInfo>();
    info->id = id, info->title = title, info->file = file, info->level = level, info->tags = std::move(tags);
    detect::RuleState& state = states_.emplace_back();
    state.id = id, state.title = title, state.file = file, state.level = level, state.info = info;
    state.hits = states_.size();
  }

  const detect::RuleBook book_;
  std::vector<detect::RuleState> states_;
};

class FakeIntel final : public IntelService {
 public:
  std::vector<FeedState> feeds() const override {
    return {{"urls", "http", "https://feed.test/", {}, true, 7, 0, 0}};
  }
  base::Status poll_now(std::string_view feed) override {
    if (feed == "urls") return base::ok_status();
    return base::make_error(base::ErrorCode::not_found, "no feed");
  }
  base::Status reload() override { return ++reloads, base::ok_status(); }
  std::vector<std::string> look_up(std::string_view value) const override {
    return {"{\"value\":\"" + std::string(value) + "\"}"};
  }
  int reloads = 0;
};

class FakeNode final : public NodeService {
 public:
  std::vector<Fact> facts() const override { return {{"rules", "2 loaded"}}; }
  std::vector<Check> checks() const override { return {{"intake", problem}}; }
  std::string storage_json() const override {
    return R"({"datasets":[],"unsealed_events":3,"next_sequence":4,"quarantined":[]})";
  }
  std::string configuration_yaml() const override { return "data: {}\n"; }
  base::Result<std::uint64_t> replay_dead_letters(const ports::LogStore&, const model::Predicate&,
                                                  const base::CancellationToken&) override {
    return std::uint64_t{5};
  }
  std::string problem;
};

// Events one by one, found row by row; sorts as they were added.
class ListedEvents final : public ports::LogStore {
 public:
  void add(base::TimeNs time, std::uint64_t sequence, const std::map<std::string, std::string>& fields) {
    model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"test://"}));
    builder.begin_row(sequence);
    builder.set_time(time);
    builder.set_sequence(sequence);
    for (const auto& [name, value] : fields) builder.add_copy(model::intern(name), value);
    builder.end_row();
    events_.push_back(builder.finish());
  }
  base::Result<model::SearchResult> search(const model::SearchRequest& request, const model::RowSink& sink,
                                           const base::CancellationToken&) const override {
    TRY_ASSIGN(const auto predicate, expr::RowPredicate::compile(request.filter));
    expr::Scratch scratch;
    model::SearchResult result;
    for (const auto& batch : events_) {
      const model::Event event = (*batch)[0];
      if (event.time() < request.range.from || event.time() >= request.range.to) continue;
      if (!predicate.matches(event, scratch)) continue;
      const auto& only = request.sequences;
      if (!only.empty() && std::find(only.begin(), only.end(), event.sequence()) == only.end()) continue;
      if (result.total++ < request.limit && sink && !sink(batch)) break;
    }
    return result;
  }
  base::Result<std::vector<ports::FieldUse>> fields(const model::TimeRange&) const override {
    return std::vector<ports::FieldUse>();
  }

 private:
  std::vector<std::shared_ptr<const model::EventBatch>> events_;
};

// Handlers are asked through the router with the real description, so that both must agree.
class RulesApi : public ::testing::Test {
 protected:
  RulesApi() {
    std::string name = (std::filesystem::temp_directory_path() / "vedette-rules-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    adapters::SqliteOptions options;
    options.file = folder_ + "/records.db";
    options.collections = rest_collections();
    const auto add = [&](std::vector<ports::CollectionSchema> more) {
      for (auto& schema : more) options.collections.push_back(std::move(schema));
    };
    add(detect::book_collections());
    add(detect::alert_collections());
    add(cases::incident_collections());
    add(intel_collections());
    using ports::ColumnType;
    add({{"sources",
          {{"listener", ColumnType::text, true},
           {"events", ColumnType::integer, false},
           {"last_seen", ColumnType::integer, true},
           {"silent", ColumnType::integer, true}}}});
    if (std::none_of(options.collections.begin(), options.collections.end(),
                     [](const auto& schema) { return schema.name == "settings"; })) {
      add({{"settings", {}}});
    }
    records = std::move(adapters::open_sqlite(options)).value();
    audit = std::make_unique<MemoryAudit>(*records);
    rules = std::make_unique<FakeRules>(*records);
    start();
  }
  ~RulesApi() override {
    if (api) api->stop();
    api.reset();
    records.reset();
    std::filesystem::remove_all(folder_);
  }

  void start() {
    AccessOptions access_options;
    access_options.now = [] { return kNow; };
    access = std::make_unique<FixedAccess>(access_options);
    Principal root;
    root.kind = Principal::Kind::user;
    root.user_id = root.name = "root";
    root.confirmed = kNow;
    root.scope.rows.emplace_back();
    for (std::size_t i = 0; i < kPermissions; ++i) root.permissions.add(static_cast<Permission>(i));
    access->add("vdk_root", root);
    Principal writer = root;
    writer.user_id = writer.name = "writer";
    writer.permissions = {};
    for (const Permission one :
         {Permission::rules_read, Permission::rules_write, Permission::exceptions_write}) {
      writer.permissions.add(one);
    }
    access->add("vdk_writer", writer);
    logger = std::make_unique<base::Logger>(base::LoggerOptions{});
    RestParts parts;
    parts.events = &events;
    parts.records = records.get();
    parts.audit = audit.get();
    parts.access = access.get();
    parts.rules = rules.get();
    parts.intel = &intel;
    parts.node = &node;
    parts.metrics = &metrics;
    parts.log = logger.get();
    parts.now = [] { return kNow; };
    parts.options.requests_per_second = 1e6;
    parts.options.burst = 1e6;
    auto made = make_rest_api(std::move(parts));
    ASSERT_TRUE(made.ok()) << made.error().message;
    api = std::move(*made);
  }

  struct Answer {
    int status = 0;
    Json body;
    std::string etag;
    std::string text(std::string_view name) const {
      const Json* value = body.is_object() ? body.get_object().if_contains(name) : nullptr;
      return value && value->is_string() ? std::string(value->get_string()) : "";
    }
    std::int64_t number(std::string_view name) const { return body.at(name).to_number<std::int64_t>(); }
    const boost::json::array& items() const { return body.at("items").as_array(); }
  };
  Answer ask(std::string method, std::string_view path, std::string body = {}, std::string if_match = {},
             std::string_view who = "root") {
    net::Headers headers = as(who);
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    if (!if_match.empty()) headers.emplace_back("If-Match", "\"" + if_match + "\"");
    const auto exchange = std::make_shared<TestExchange>(std::move(method), "/api/v1" + std::string(path),
                                                         std::move(headers), std::move(body));
    api->handler()(exchange);
    const net::HttpResponse response = exchange->wait();
    Answer answer;
    answer.status = response.status;
    if (!response.body.empty()) answer.body = json_of(response);
    answer.etag = header_of(response, "ETag");
    std::erase(answer.etag, '"');
    return answer;
  }
  // The result of a job that `answer` names, once it is done.
  Json result_of(const Answer& answer) {
    EXPECT_EQ(answer.status, 202) << answer.text("detail");
    const std::string id = answer.text("id");
    for (;;) {
      const Answer job = ask("GET", "/jobs/" + id);
      const std::string state = job.text("state");
      if (job.status == 200 && (state == "queued" || state == "running")) continue;
      EXPECT_EQ(state, "succeeded") << write_json(job.body);
      return job.body.at("result");
    }
  }
  static std::string with_yaml(std::string_view yaml, std::string_view message = "why") {
    return write_json(boost::json::object{{"yaml", yaml}, {"message", message}});
  }

  static constexpr base::TimeNs kNow = 1'772'600'000'000'000'000;  // 2026-03-04T04:53:20Z
  std::string folder_;
  std::unique_ptr<ports::RecordStore> records;
  std::unique_ptr<MemoryAudit> audit;
  std::unique_ptr<FakeRules> rules;
  FakeIntel intel;
  FakeNode node;
  ListedEvents events;
  base::Metrics metrics;
  std::unique_ptr<base::Logger> logger;
  std::unique_ptr<FixedAccess> access;
  std::unique_ptr<RestApi> api;
};

}  // namespace vedette::api::test
