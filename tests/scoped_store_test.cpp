// A store with everything, seen through a scope, against a store that holds nothing but what the scope shows.
// VEDETTE_SEED sets the seed, VEDETTE_ROUNDS the number of rounds.
#include "vedette/api/scoped_store.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search_random.hpp"
#include "support/memory_file_system.hpp"
#include "vedette/expr/row_predicate.hpp"
#include "vedette/store/store.hpp"

namespace vedette::api {
namespace {

using model::Predicate;
using model::SearchRequest;
using store::test::Batches;
using store::test::Random;
using testing::ElementsAre;
using BatchPtr = std::shared_ptr<const model::EventBatch>;

Predicate constant(Predicate::Kind kind) {
  return {.kind = kind, .children = {}, .test = {}, .name = {}};
}

Predicate test_of(std::string field, model::MatchOp op, std::string text) {
  Predicate predicate = constant(Predicate::Kind::test);
  predicate.test.field = std::move(field);
  predicate.test.op = op;
  predicate.test.text = std::move(text);
  return predicate;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

using Keep = std::function<bool(const model::Event&)>;
using Hides = std::function<bool(std::string_view)>;

// The rows that are kept, without what is hidden; `more` adds cells.
BatchPtr copy(const BatchPtr& held, const Keep& keep, const Hides& hides,
              const std::function<void(model::BatchBuilder&)>& more = {}) {
  const model::EventBatch& batch = *held;
  model::BatchBuilder builder(std::make_shared<const model::Source>(batch[0].source()));
  builder.hold(held);
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const model::Event event = batch[row];
    if (!keep(event)) continue;
    builder.begin_row(event.position());
    builder.set_time(event.time());
    builder.set_sequence(event.sequence());
    for (const model::Cell& cell : event.cells()) {
      if (!hides(model::name_of(cell.field))) builder.add(cell.field, cell.value);
    }
    if (more) more(builder);
    builder.end_row();
  }
  return builder.finish();
}

struct TestStore {
  test::MemoryFileSystem files;
  std::unique_ptr<store::Store> store;
  std::vector<BatchPtr> held;

  TestStore() {
    store::StoreOptions options;
    options.folder = "/store";
    options.block_rows = 8;
    options.reserve_bytes = 0;
    store = std::move(store::Store::open(files, options)).value();
  }
  void add(const BatchPtr& batch, bool seal) {
    held.push_back(batch);
    EXPECT_TRUE(store->append(batch).ok());
    if (seal) {
      EXPECT_TRUE(store->seal().ok());
    }
  }
};

// --- Scopes

struct Mask {
  std::vector<std::string> fields;
  Hides hides;
};

bool is_or_below(std::string_view name, std::string_view of) {
  return name == of || (name.starts_with(of) && name[of.size()] == '.');
}

const std::vector<Mask>& masks() {
  static const std::vector<Mask> all{
      {{}, [](std::string_view) { return false; }},
      {{"mixed"}, [](std::string_view name) { return is_or_below(name, "mixed"); }},
      {{"mixed.more", "host"}, [](std::string_view name) { return name == "mixed.more" || name == "host"; }},
      {{"r*", "number"}, [](std::string_view name) { return name.starts_with("r") || name == "number"; }},
      {{"_id", "absent", "re?l"}, [](std::string_view name) { return name == "_id" || name == "real"; }},
      {{"*"}, [](std::string_view) { return true; }},
      {{"vedette.tenant", "event.dataset"},
       [](std::string_view name) { return name == "vedette.tenant" || name == "event.dataset"; }},
  };
  return all;
}

bool hides(const Mask& mask, std::string_view name) {
  if (mask.fields.empty()) return false;
  return name == "event.original" || mask.hides(name);
}

DataScope random_scope(Random& random, const Mask& mask) {
  DataScope scope;
  scope.tenant = random.pick(std::vector<std::string>{"", "", "a", "b"});
  scope.masked_fields = mask.fields;
  const int rows = random.one_in(15) ? 0 : random.below(2) + 1;
  for (int i = 0; i < rows; ++i) {
    DataScope::Rows shown;
    if (random.one_in(3)) shown.datasets = {random.pick(std::vector<std::string>{"one", "t*", "?ne"})};
    if (random.one_in(4)) shown.datasets.emplace_back("two");
    if (!random.one_in(3)) shown.filter = store::test::random_predicate(random, 2);
    scope.rows.push_back(std::move(shown));
  }
  return scope;
}

// As the scope says it, in the plainest way.
bool sees(const DataScope& scope, const model::Event& event) {
  const std::string_view dataset = event.text(model::field::event_dataset);
  if (event.text(model::intern("vedette.tenant")) != scope.tenant) return false;
  return std::any_of(scope.rows.begin(), scope.rows.end(), [&](const DataScope::Rows& rows) {
    const bool of_dataset =
        rows.datasets.empty() ||
        std::any_of(rows.datasets.begin(), rows.datasets.end(), [&](const std::string& named) {
          return named == dataset || (named == "t*" && dataset.starts_with("t")) ||
                 (named == "?ne" && dataset.size() == 3 && dataset.ends_with("ne"));
        });
    expr::Scratch scratch;
    return of_dataset && std::move(expr::RowPredicate::compile(rows.filter)).value().matches(event, scratch);
  });
}

// --- Answers

std::string value_text(const model::Value& value) {
  if (value.kind() == model::ValueKind::real) {
    char text[40];
    std::snprintf(text, sizeof(text), "%.9g", value.as_real());
    return text;
  }
  std::string out;
  append_json(out, value);
  return out;
}

std::string event_text(const model::Event& event) {
  std::string out;
  append_json(out, event);
  return std::to_string(event.sequence()) + " " + std::to_string(event.position()) + " " + out;
}

struct Answer {
  std::vector<std::string> rows, groups;
  std::uint64_t total = 0;
  bool total_exact = false;
  std::vector<model::Literal> cursor;
  model::SearchStats stats;
};

Answer ask(const ports::LogStore& store, const SearchRequest& request) {
  Answer answer;
  const model::RowSink sink = [&](const BatchPtr& batch) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      answer.rows.push_back(event_text((*batch)[i]));
      answer.cursor = {(*batch)[i].time(), (*batch)[i].time(),
                       static_cast<std::int64_t>((*batch)[i].sequence())};
    }
    return true;
  };
  const auto result = store.search(request, sink, {});
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  if (!result.ok()) return answer;
  answer.total = result->total;
  answer.total_exact = result->total_exact;
  answer.stats = result->stats;
  for (const model::GroupTable& table : result->groups) {
    answer.groups.push_back("groups " + std::to_string(table.total_groups) + " rows " +
                            std::to_string(table.total_rows));
    for (std::size_t row = 0; row < table.rows->size(); ++row) {
      std::string line;
      for (const std::string& column : table.columns) {
        const model::Value* value = (*table.rows)[row].find(model::intern(column));
        line += (value ? value_text(*value) : "absent") + " | ";
      }
      if (!table.top_rows.empty()) {
        for (std::size_t top = 0; top < table.top_rows.at(row)->size(); ++top)
          line += "\n    " + event_text((*table.top_rows[row])[top]);
      }
      answer.groups.push_back(std::move(line));
    }
  }
  return answer;
}

void compare(const Answer& scoped, const Answer& by_hand) {
  EXPECT_EQ(scoped.rows, by_hand.rows);
  EXPECT_EQ(scoped.groups, by_hand.groups);
  if (scoped.total_exact && by_hand.total_exact) {
    EXPECT_EQ(scoped.total, by_hand.total);
  }
  EXPECT_TRUE(scoped.stats.plan.empty() || !scoped.stats.narrowed);
}

void compare_fields(const ports::LogStore& scoped, const ports::LogStore& by_hand, bool narrowed) {
  const auto seen = scoped.fields({}), expected = by_hand.fields({});
  ASSERT_TRUE(seen.ok() && expected.ok());
  std::vector<std::string> names, wanted;
  for (const auto& use : *seen) names.push_back(use.name + " " + std::to_string(use.rows));
  for (const auto& use : *expected) wanted.push_back(use.name + " " + std::to_string(use.rows));
  EXPECT_EQ(names, wanted) << narrowed;
}

struct Pair {
  TestStore whole, by_hand;
};

void fill(Pair& stores, Random& random, const DataScope& scope, const Mask& mask) {
  std::uint64_t next = 1;
  const int count = random.below(4) + 1;
  for (int i = 0; i < count; ++i) {
    for (const BatchPtr& batch : store::test::random_batches(random, next)) {
      const bool tenants = !random.one_in(3);
      const BatchPtr full = copy(
          batch, [](const auto&) { return true; }, [](auto) { return false; },
          [&](model::BatchBuilder& builder) {
            static const std::vector<std::string> kSets{"one", "two", "three"}, kTenants{"", "", "a", "b"};
            builder.add_copy(model::field::event_dataset, random.pick(kSets));
            builder.add_copy(model::field::event_original, random.pick(kSets) + " beta alpha 5");
            const std::string& tenant = random.pick(kTenants);
            if (tenants && !tenant.empty()) builder.add_copy(model::intern("vedette.tenant"), tenant);
          });
      const bool seal = random.one_in(2);
      stores.whole.add(full, seal);
      const BatchPtr seen = copy(
          full, [&](const auto& event) { return sees(scope, event); },
          [&](std::string_view name) { return hides(mask, name); });
      if (!seen->empty()) stores.by_hand.add(seen, seal);
    }
  }
}

// Requests that name what is masked, and words of the raw text, more often than chance does.
void sharpen(SearchRequest& request, Random& random) {
  if (random.one_in(6)) {
    request.filter = test_of("", model::MatchOp::words, random.pick(std::vector<std::string>{"beta", "5"}));
  }
  if (random.one_in(8)) request.filter = test_of("event.original", model::MatchOp::exists, "");
  if (random.one_in(8)) request.filter = test_of("vedette.tenant", model::MatchOp::equals, "a");
}

TEST(ScopedStore, AnswersAsAStoreOfWhatIsSeen) {
  const std::uint64_t seed = from_environment("VEDETTE_SEED", std::random_device{}());
  const std::uint64_t rounds = from_environment("VEDETTE_ROUNDS", 300);
  std::printf("VEDETTE_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    Random random(seed + round);
    const Mask& mask = random.pick(masks());
    const DataScope scope = random_scope(random, mask);
    Pair stores;
    fill(stores, random, scope, mask);
    const auto scoped = make_scoped_store(*stores.whole.store, scope);
    for (int i = 0; i < 8; ++i) {
      SearchRequest request = store::test::random_request(random);
      sharpen(request, random);
      SCOPED_TRACE("VEDETTE_SEED=" + std::to_string(seed + round) + " VEDETTE_ROUNDS=1 request " +
                   std::to_string(i) + " filter " + store::test::describe(request.filter) + " scope " +
                   store::test::describe(scope_predicate(scope)));
      request.threads = random.one_in(3) ? 3 : 1;
      const Answer answer = ask(*scoped, request);
      compare(answer, ask(*stores.by_hand.store, request));
      if (random.one_in(4) && !answer.cursor.empty()) {
        request.sort = {{"@timestamp", random.one_in(2), false}};
        request.after = answer.cursor;
        compare(ask(*scoped, request), ask(*stores.by_hand.store, request));
      }
      if (testing::Test::HasFailure()) return;
    }
    SCOPED_TRACE("VEDETTE_SEED=" + std::to_string(seed + round) + " VEDETTE_ROUNDS=1 fields");
    compare_fields(*scoped, *stores.by_hand.store, true);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(ScopeFilter, LetsThroughWhatTheStoreShows) {
  const std::uint64_t seed = from_environment("VEDETTE_SEED", std::random_device{}());
  std::printf("VEDETTE_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  for (std::uint64_t round = 0; round < 200; ++round) {
    SCOPED_TRACE("VEDETTE_SEED=" + std::to_string(seed + round));
    Random random(seed + round);
    const Mask& mask = random.pick(masks());
    const DataScope scope = random_scope(random, mask);
    Pair stores;
    fill(stores, random, scope, mask);
    auto filter = ScopeFilter::create(scope);
    ASSERT_TRUE(filter.ok());
    std::vector<std::string> seen, expected;
    for (const BatchPtr& batch : stores.whole.held) {
      const BatchPtr left = (*filter)->filter(batch);
      for (std::size_t i = 0; left && i < left->size(); ++i) seen.push_back(event_text((*left)[i]));
    }
    for (const BatchPtr& batch : stores.by_hand.held) {
      for (std::size_t i = 0; i < batch->size(); ++i) expected.push_back(event_text((*batch)[i]));
    }
    ASSERT_EQ(seen, expected);
  }
}

// --- Single cases

BatchPtr three_events() {
  model::BatchBuilder builder(std::make_shared<const model::Source>(model::Source{"log"}));
  const auto add = [&](std::uint64_t sequence, const char* user, const char* tenant, const char* own_id) {
    builder.begin_row(sequence);
    builder.set_time(static_cast<base::TimeNs>(sequence) * base::kNsPerSecond);
    builder.set_sequence(sequence);
    builder.add_copy(model::intern("user.name"), user);
    builder.add_copy(model::field::message, "hello");
    builder.add_copy(model::field::event_original, std::string("raw of ") + user);
    if (*tenant) builder.add_copy(model::intern("vedette.tenant"), tenant);
    if (*own_id) builder.add_copy(model::intern("_id"), own_id);
    builder.end_row();
  };
  add(1, "ada", "", "");
  add(2, "bob", "", "own-2");
  add(3, "cy", "other", expr::id_text(2).c_str());
  return builder.finish();
}

DataScope everything_of(std::string tenant) {
  DataScope scope;
  scope.tenant = std::move(tenant);
  scope.rows.emplace_back();
  return scope;
}

TEST(ScopedStore, ARowFilterSeesWhatIsMasked) {
  TestStore store;
  store.add(three_events(), true);
  DataScope scope = everything_of("");
  scope.rows[0].filter = test_of("user.name", model::MatchOp::equals, "ada");
  scope.masked_fields = {"user.name"};
  const auto scoped = make_scoped_store(*store.store, scope);
  const Answer answer = ask(*scoped, {});
  ASSERT_EQ(answer.rows.size(), 1u);
  EXPECT_THAT(answer.rows[0], testing::Not(testing::HasSubstr("ada")));
  EXPECT_THAT(answer.rows[0], testing::HasSubstr("hello"));
  SearchRequest words;
  words.filter = test_of("", model::MatchOp::words, "raw");
  EXPECT_EQ(ask(*scoped, words).total, 0u);
}

TEST(ScopedStore, StatisticsTellOfWhatIsSeen) {
  TestStore store;
  store.add(three_events(), true);
  const auto scoped = make_scoped_store(*store.store, everything_of("other"));
  const Answer answer = ask(*scoped, {});
  EXPECT_EQ(answer.total, 1u);
  EXPECT_EQ(answer.stats.rows_matched, 1u);
  EXPECT_EQ(answer.stats.rows_visited, 0u);
  EXPECT_EQ(answer.stats.blocks, 0u);
  EXPECT_EQ(answer.stats.bytes_read, 0u);
  EXPECT_TRUE(answer.stats.plan.empty());
}

TEST(ScopedStore, WithoutOtherTenantsCountsComeFromHeaders) {
  TestStore store;
  store.add(
      copy(
          three_events(), [](const auto& event) { return event.sequence() < 3; }, [](auto) { return false; }),
      true);
  SearchRequest count;
  count.limit = 0;
  const auto scoped = make_scoped_store(*store.store, everything_of(""));
  const auto result = scoped->search(count, nullptr, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->total, 2u);
  EXPECT_EQ(result->stats.rows_visited, 0u);
  EXPECT_EQ(result->stats.blocks_from_header, 1u);
}

TEST(ScopedStore, NoRowsAreNone) {
  TestStore store;
  store.add(three_events(), false);
  const auto scoped = make_scoped_store(*store.store, DataScope{});
  EXPECT_EQ(ask(*scoped, {}).total, 0u);
  EXPECT_TRUE(scoped->fields({})->empty());
}

TEST(VisibleEvents, AreFoundBySequenceAndOwnId) {
  TestStore store;
  store.add(three_events(), true);
  const auto scoped = make_scoped_store(*store.store, everything_of(""));
  const std::vector<std::string> ids{expr::id_text(1), "own-2",          "nobody",         expr::id_text(3),
                                     expr::id_text(2), expr::id_text(9), expr::id_text(1), ""};
  const auto visible = visible_events(*scoped, ids, {});
  ASSERT_TRUE(visible.ok());
  EXPECT_THAT(*visible, ElementsAre(true, true, false, false, true, false, true, false));
}

// An event that calls itself by the number of another does not make that one seen.
TEST(VisibleEvents, AnIdIsNotBorrowed) {
  TestStore store;
  store.add(three_events(), true);
  const auto scoped = make_scoped_store(*store.store, everything_of("other"));
  const std::vector<std::string> ids{expr::id_text(2), expr::id_text(3)};
  const auto visible = visible_events(*scoped, ids, {});
  ASSERT_TRUE(visible.ok());
  EXPECT_THAT(*visible, ElementsAre(false, true));
}

TEST(ScopePredicate, IsSimple) {
  const Predicate all = scope_predicate(everything_of(""));
  EXPECT_EQ(all.kind, Predicate::Kind::test);
  EXPECT_EQ(all.test.op, model::MatchOp::is_null);
  EXPECT_EQ(scope_predicate(DataScope{}).kind, Predicate::Kind::never);
  EXPECT_EQ(everything_of("").rows[0].filter.kind, Predicate::Kind::always);
}

}  // namespace
}  // namespace vedette::api
