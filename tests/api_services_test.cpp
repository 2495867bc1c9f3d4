// What the node gives the REST API: rules, indicators, dead letters, live streams.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/collections.hpp"
#include "live/intake.hpp"
#include "live/intel_service.hpp"
#include "live/live_service.hpp"
#include "live/node_service.hpp"
#include "live/rule_service.hpp"
#include "support/naive_log_store.hpp"
#include "support/temp_folder.hpp"
#include "vedette/adapters/sqlite.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/data_folder.hpp"
#include "vedette/node/serve_config.hpp"

namespace vedette::test {
namespace {

using detect::RuleBook;
using node::LiveRuleService;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string rule(const std::string& id, const std::string& user, const std::string& more = "") {
  return "title: Title of " + id + "\nid: " + id + "\n" + more +
         "level: low\nlogsource: {category: webserver}\ndetection:\n  a: {user.name: " + user +
         "}\n  condition: a\n";
}
class RuleServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    adapters::SqliteOptions options;
    options.file = folder_.file("records.db");
    options.collections = node::all_collections();
    records_ = std::move(adapters::open_sqlite(options)).value();
    config_.shipped = false;
    config_.folders = {folder_.file("one.yml"), folder_.file("two.yml")};
    file("one.yml", rule("one", "bob"));
    file("two.yml", rule("two", "bob") + "---\n" + rule("three", "eve"));
    service_ = std::make_unique<LiveRuleService>(LiveRuleService::Parts{
        config_, records_.get(), [this] { return states_; }, [this] { return load(); }});
    ASSERT_TRUE(load().ok());
  }
  void file(const std::string& name, const std::string& text) { std::ofstream(folder_.file(name)) << text; }
  base::Status load() {
    TRY_ASSIGN(const auto book, RuleBook(*records_).active_sources());
    TRY_ASSIGN(detect::LiveRules live, node::load_live_rules(config_, book));
    exceptions_ = live.exceptions.size();
    refused_ = live.refused;
    detect::LiveDetector detector(std::move(live), {});
    states_ = detector.rule_states();
    return base::ok_status();
  }
  void write(const base::Result<RuleBook::Change>& change) {
    ASSERT_TRUE(change.ok()) << change.error().message;
    ASSERT_TRUE(records_->apply(change->writes).ok());
  }
  std::string state(const std::string& id) const {
    std::string out;
    for (const detect::RuleState& state : states_) {
      if (state.id != id) continue;
      out += state.file.substr(state.file.rfind('/') + 1) + " " +
             std::string(model::level_name(state.level)) +
             (state.kind == detect::RuleState::Kind::disabled ? " disabled " : " ");
    }
    return out;
  }

  TempFolder folder_;
  std::unique_ptr<ports::RecordStore> records_;
  node::RulesConfig config_;
  std::unique_ptr<LiveRuleService> service_;
  std::vector<detect::RuleState> states_;
  std::vector<std::string> refused_;
  std::size_t exceptions_ = 0;
  const detect::Edit edit_{"ada", "why", 1};
};

TEST_F(RuleServiceTest, TheBookChangesWhatFilesSay) {
  const RuleBook book(*records_);
  EXPECT_EQ(state("one"), "one.yml low ");
  write(book.set_file_rule("one", "One", detect::RuleMode::disabled, std::nullopt, edit_, 0));
  write(book.set_file_rule("two", "Two", detect::RuleMode::active, model::Level::critical, edit_, 0));
  write(book.create(rule("three", "mallory"), edit_));
  write(book.set_mode("three", detect::RuleMode::active, edit_, RuleBook::kAnyVersion));
  detect::BookException exception;
  exception.id = "e";
  exception.condition = "a: {b: c}\ncondition: a\n";
  exception.reason = exception.owner = "x";
  const auto put = book.put_exception(exception, 0);
  ASSERT_TRUE(put.ok());
  ASSERT_TRUE(records_->apply(std::span(&*put, 1)).ok());
  ASSERT_TRUE(service_->reload().ok());
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(state("one"), "one.yml low disabled ");
  EXPECT_EQ(state("two"), "two.yml critical ");
  EXPECT_EQ(state("three"), "book:three low ");
  EXPECT_EQ(exceptions_, 1u);
  EXPECT_THAT(*service_->source_of("three"), HasSubstr("mallory"));
  EXPECT_EQ(*service_->source_of("two"), rule("two", "bob"));
  EXPECT_EQ(*service_->source_of("one"), rule("one", "bob"));
  EXPECT_FALSE(service_->source_of("none").ok());
}

TEST_F(RuleServiceTest, ADisabledRuleThatACorrelationNeedsStaysInSilence) {
  file("one.yml", rule("one", "bob", "name: base\n") +
                      "---\ntitle: Many\nid: many\ncorrelation:\n  type: event_count\n  rules: [base]\n"
                      "  group-by: [user.name]\n  timespan: 1m\n  condition: {gte: 2}\n");
  write(RuleBook(*records_).set_file_rule("one", "One", detect::RuleMode::disabled, std::nullopt, edit_, 0));
  ASSERT_TRUE(service_->reload().ok());
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_EQ(state("one"), "one.yml low disabled ");
  EXPECT_EQ(state("many"), "one.yml medium ");
  EXPECT_THAT(states_, SizeIs(4));
}

TEST_F(RuleServiceTest, LintSaysWhatIsWrong) {
  EXPECT_FALSE(base::has_errors(service_->lint(rule("x", "bob"))));
  EXPECT_TRUE(base::has_errors(service_->lint("title: x\nid: x\ndetection: {condition: a}\n")));
  EXPECT_TRUE(base::has_errors(service_->lint("a: [")));
  // A correlation over a rule that stands elsewhere.
  const std::string over =
      "title: Many\nid: many\ncorrelation:\n  type: event_count\n  rules: [RULE]\n"
      "  group-by: [user.name]\n  timespan: 1m\n  condition: {gte: 2}\n";
  const auto with_rule = [&](const std::string& id) {
    std::string text = over;
    return text.replace(text.find("RULE"), 4, id);
  };
  EXPECT_FALSE(base::has_errors(service_->lint(with_rule("one"))));
  EXPECT_TRUE(base::has_errors(service_->lint(with_rule("none"))));
  const auto silent = service_->lint(
      "title: x\nid: x\nlogsource: {product: nosuch}\ndetection:\n  a: {b: c}\n  condition: a\n");
  EXPECT_TRUE(
      std::any_of(silent.begin(), silent.end(), [](const auto& one) { return one.code == "cannot-fire"; }));
}

std::string event(const std::string& user, int second) {
  return R"({"@timestamp":"2026-03-04T05:00:)" + std::to_string(10 + second) + R"(Z","user":{"name":")" +
         user + R"("},"event":{"dataset":"system.auth"}})";
}

const char* const kAnySource =
    "title: Any\nid: any\nname: any\nlogsource: {product: linux, service: auth}\ndetection:\n  a: "
    "{user.name: bob}\n  condition: a\n";

TEST_F(RuleServiceTest, TestsSayWhichEventMatches) {
  const auto alerts = service_->test(kAnySource, {event("bob", 1), event("eve", 2), event("BOB", 3)});
  ASSERT_TRUE(alerts.ok()) << alerts.error().message;
  ASSERT_THAT(*alerts, SizeIs(3));
  ASSERT_THAT(alerts->at(0), SizeIs(1));
  EXPECT_THAT(alerts->at(1), IsEmpty());
  EXPECT_THAT(alerts->at(2), SizeIs(1));
  EXPECT_EQ(alerts->at(0)[0].matches.at(0).value, "bob");
  const std::string counted =
      std::string(kAnySource) +
      "---\ntitle: Many\nid: many\ncorrelation:\n  type: event_count\n  rules: [any]\n"
      "  group-by: [user.name]\n  timespan: 1m\n  condition: {gte: 2}\n";
  const auto many = service_->test(counted, {event("bob", 1), event("eve", 2), event("bob", 3)});
  ASSERT_TRUE(many.ok()) << many.error().message;
  EXPECT_THAT(many->at(0), IsEmpty());
  ASSERT_THAT(many->at(2), SizeIs(1));
  EXPECT_EQ(many->at(2)[0].rule_id, "many");
  EXPECT_FALSE(service_->test("title: x\n", {event("bob", 1)}).ok());
  EXPECT_FALSE(service_->test(kAnySource, std::vector<std::string>(1001, "{}")).ok());
}

TEST_F(RuleServiceTest, BackTestsReadTheEventsThatTheyAreGiven) {
  NaiveLogStore events;
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += event(i % 4 == 0 ? "bob" : "eve", i) + "\n";
  ASSERT_TRUE(events.append_ndjson(lines).ok());
  const base::CancellationToken none;
  std::vector<base::TimeNs> times;
  const auto collect = [&](const model::AlertRecord& alert) { return times.push_back(alert.time), true; };
  const auto all = service_->back_test(kAnySource, events, {}, collect, none);
  ASSERT_TRUE(all.ok()) << all.error().message;
  EXPECT_EQ(all->events, 20u);
  EXPECT_EQ(all->alerts, 5u);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  const base::TimeNs start = *base::parse_iso8601("2026-03-04T05:00:10Z");
  const auto some =
      service_->back_test(kAnySource, events, {start, start + 5 * base::kNsPerSecond}, collect, none);
  EXPECT_EQ(some->events, 5u);
  EXPECT_EQ(some->alerts, 2u);
  const auto first = service_->back_test(
      kAnySource, events, {}, [](const auto&) { return false; }, none);
  EXPECT_EQ(first->alerts, 1u);
  base::CancellationToken cancelled;
  cancelled.cancel();
  EXPECT_EQ(service_->back_test(kAnySource, events, {}, collect, cancelled).error().code,
            base::ErrorCode::cancelled);
  EXPECT_FALSE(service_->back_test("title: x\n", events, {}, collect, none).ok());
}

class NodeServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    node::DataOptions options;
    options.folder = folder_.file("data");
    data_ = std::move(node::DataFolder::open(options)).value();
  }
  base::Status catch_up() {
    TRY_ASSIGN(const auto bounds, data_->bus().bounds(node::kEventsTopic));
    return data_->wait_for(bounds.end);
  }
  void append(const std::vector<std::string>& texts) {
    model::BatchBuilder builder(std::make_shared<model::Source>(model::Source{"test://192.0.2.7"}));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      builder.begin_row(i + 1);
      builder.set_time(1'772'600'767'000'000'000);
      builder.add_copy(model::field::event_dataset, "vedette.dead_letter");
      builder.add_copy(model::field::event_original, texts[i]);
      builder.add_copy(model::intern("vedette.dead_letter.format"), "json");
      builder.add_copy(model::intern("vedette.dead_letter.dataset"), "nginx.access");
      builder.end_row();
    }
    ASSERT_TRUE(data_->bus().append_and_wait(node::kEventsTopic, builder.finish()).ok());
  }
  std::uint64_t count(const std::string& dataset) {
    EXPECT_TRUE(catch_up().ok());
    model::SearchRequest request;
    request.filter = is("event.dataset", dataset);
    request.limit = 0;
    return data_->store().search(request, nullptr, none_)->total;
  }
  static model::Predicate is(const std::string& field, const std::string& value) {
    model::Predicate test{.kind = model::Predicate::Kind::test, .children = {}, .test = {}, .name = {}};
    test.test.field = field;
    test.test.text = value;
    return test;
  }

  TempFolder folder_;
  base::Metrics metrics_;
  base::Logger log_{base::LoggerOptions{}};
  base::CancellationToken none_;
  std::unique_ptr<node::DataFolder> data_;
};

TEST_F(NodeServiceTest, DeadLettersAreReplayedOnceThroughTheIntake) {
  append({R"({"n":"1"})", R"({"n": tru)", R"({"n":"2"})"});
  const auto mappings = node::shipped_mappings();
  node::SourceBook sources(10);
  node::LiveIntake intake(data_->bus(), *mappings, sources, metrics_, log_, {});
  const base::LoadedConfig config = base::load_config(node::serve_schema(), {});
  node::LiveNodeService::Parts parts;
  parts.store = &data_->store();
  parts.intake = &intake;
  parts.mappings = mappings.get();
  parts.config = &config.root;
  parts.facts = [] { return std::vector<std::pair<std::string, std::string>>{{"a", "b"}}; };
  parts.checks = [] { return std::vector<api::ReadyCheck>{{"intake", "full"}}; };
  parts.catch_up = [this] { return catch_up(); };
  node::LiveNodeService service(parts);

  ASSERT_TRUE(catch_up().ok());
  const auto one = service.replay_dead_letters(data_->store(), is("event.original", R"({"n":"1"})"), none_);
  ASSERT_TRUE(one.ok()) << one.error().message;
  EXPECT_EQ(*one, 1u);
  model::Predicate every{.kind = model::Predicate::Kind::always, .children = {}, .test = {}, .name = {}};
  EXPECT_EQ(*service.replay_dead_letters(data_->store(), every, none_), 1u);
  EXPECT_EQ(*service.replay_dead_letters(data_->store(), every, none_), 0u);
  EXPECT_EQ(count("nginx.access"), 2u);
  EXPECT_EQ(count("vedette.dead_letter"), 3u);
  intake.close();
  append({R"({"n":"3"})"});
  EXPECT_FALSE(service.replay_dead_letters(data_->store(), every, none_).ok());

  EXPECT_THAT(service.storage_json(), HasSubstr("\"unsealed_events\":"));
  EXPECT_THAT(service.configuration_yaml(), HasSubstr("listen"));
  EXPECT_EQ(service.facts().at(0).value, "b");
  EXPECT_EQ(service.checks().at(0).problem, "full");
}

TEST_F(NodeServiceTest, AFollowerGetsWhatComesAndMissesWhatIsTooMuch) {
  append({"before"});
  node::BusLiveService service(data_->bus(), 2);
  std::vector<std::string> seen;
  std::uint64_t dropped = 0;
  int step = 0;
  const auto on_batch = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    if (!batch) {  // a keep-alive: it follows, and has nothing to read
      if (step == 0) append({"one"});
      if (step == 1) append({"last"});
      return ++step < 20;
    }
    for (std::size_t i = 0; i < batch->size(); ++i) {
      seen.emplace_back((*batch)[i].text(model::field::event_original));
    }
    if (seen.back() == "one") append({"a", "b", "c"});  // more than it may fall behind by
    return seen.back() != "last";
  };
  ASSERT_TRUE(service.follow(api::LiveService::Topic::events, on_batch, dropped, none_).ok());
  EXPECT_THAT(seen, ElementsAre("one", "last"));
  EXPECT_EQ(dropped, 3u);
  base::CancellationToken cancelled;
  cancelled.cancel();
  EXPECT_TRUE(service.follow(api::LiveService::Topic::alerts, on_batch, dropped, cancelled).ok());
}

TEST_F(NodeServiceTest, KeptIndicatorsAreMatchedAndLookedUp) {
  adapters::SqliteOptions options;
  options.file = folder_.file("records.db");
  options.collections = node::all_collections();
  const auto records = std::move(adapters::open_sqlite(options)).value();
  std::vector<ports::RecordWrite> writes;
  for (const auto& [type, value] :
       {std::pair{"domain", "evil.example"}, std::pair{"network", "192.0.2.0/24"}}) {
    api::IndicatorRecord indicator;
    indicator.type = type;
    indicator.value = value;
    indicator.id = api::indicator_id(type, value);
    indicator.source = "us";
    writes.push_back(api::to_write(indicator));
  }
  ASSERT_TRUE(records->apply(writes).ok());
  const base::LoadedConfig config = base::load_config(node::serve_schema(), {});
  std::shared_ptr<const normalize::IndicatorSet> set;
  node::FeedKeeper feeds(config.root.section("enrichment"), data_->store(), data_->bus(), metrics_, log_,
                         [&](auto now) { set = std::move(now); });
  ASSERT_TRUE(feeds.start().ok());
  node::LiveIntelService service(*records, feeds);
  ASSERT_TRUE(service.reload().ok());
  ASSERT_TRUE(set);
  EXPECT_EQ(set->stats().indicators, 2u);
  EXPECT_THAT(service.look_up("WWW.evil.example"), SizeIs(1));
  EXPECT_THAT(service.look_up("notevil.example"), IsEmpty());
  EXPECT_THAT(service.look_up("192.0.2.77"), ElementsAre(HasSubstr("192.0.2.0/24")));
  EXPECT_THAT(service.look_up(""), IsEmpty());
  EXPECT_EQ(service.poll_now("none").error().code, base::ErrorCode::not_found);
  EXPECT_EQ(service.feeds().back().indicators, 2u);
}

}  // namespace
}  // namespace vedette::test
