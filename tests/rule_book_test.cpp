// The rule book on the embedded record store, and its diffs.
#include "vedette/detect/rule_book.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.hpp"
#include "vedette/adapters/sqlite.hpp"

namespace vedette::test {
namespace {

using detect::BookException;
using detect::BookRule;
using detect::Edit;
using detect::RuleBook;
using detect::RuleMode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string rule_text(const std::string& id, const std::string& title = "A title") {
  return "title: " + title + "\nid: " + id +
         "\nlevel: low\nlogsource: {category: test}\ndetection:\n  a: {b: c}\n  condition: a\n";
}

class RuleBookTest : public ::testing::Test {
 protected:
  void SetUp() override {
    adapters::SqliteOptions options;
    options.file = folder_.file("records.db");
    options.collections = detect::book_collections();
    store_ = std::move(adapters::open_sqlite(options)).value();
    book_ = std::make_unique<RuleBook>(*store_);
  }
  Edit edit(const std::string& message = "why") { return {"ada", message, ++time_}; }
  BookRule write(const base::Result<RuleBook::Change>& change) {
    EXPECT_TRUE(change.ok()) << (change.ok() ? "" : change.error().message);
    if (!change.ok()) return {};
    const auto applied = store_->apply(change->writes);
    EXPECT_TRUE(applied.ok()) << (applied.ok() ? "" : applied.error().message);
    return change->rule;
  }
  BookRule make(const std::string& id) { return write(book_->create(rule_text(id), edit())); }

  TempFolder folder_;
  std::unique_ptr<ports::RecordStore> store_;
  std::unique_ptr<RuleBook> book_;
  base::TimeNs time_ = 1000;
};

TEST_F(RuleBookTest, VersionsAreKeptToABound) {
  make("r");
  for (int i = 2; i <= 205; ++i) {
    const auto change =
        book_->update("r", rule_text("r", "T" + std::to_string(i)), edit(), RuleBook::kAnyVersion);
    EXPECT_EQ(write(change).number, static_cast<std::uint32_t>(i));
  }
  const auto page = book_->versions("r", "", 1000);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), detect::kKeptVersions);
  EXPECT_EQ(page->items.front().number, 205u);
  EXPECT_EQ(page->items.back().number, 6u);
  EXPECT_EQ(book_->version("r", 5).error().code, base::ErrorCode::not_found);
  EXPECT_THAT(book_->version("r", 6)->yaml, HasSubstr("T6"));
  EXPECT_EQ(book_->get("r")->title, "T205");
}

TEST_F(RuleBookTest, OfTwoWritersOneIsTold) {
  make("r");
  const std::uint64_t version = book_->get("r")->version;
  const auto first = book_->update("r", rule_text("r", "one"), edit(), version);
  const auto second = book_->update("r", rule_text("r", "two"), edit(), version);
  ASSERT_TRUE(first.ok() && second.ok());
  write(first);
  EXPECT_EQ(store_->apply(second->writes).error().code, base::ErrorCode::busy);
  EXPECT_EQ(book_->get("r")->title, "one");
  EXPECT_EQ(book_->update("r", rule_text("r"), edit(), version).error().code, base::ErrorCode::busy);
  EXPECT_EQ(book_->versions("r", "", 10)->items.size(), 2u);
}

TEST_F(RuleBookTest, ADeletedRuleIsATombstoneAndCountsOn) {
  make("r");
  write(book_->remove("r", edit("gone"), RuleBook::kAnyVersion));
  EXPECT_EQ(book_->get("r").error().code, base::ErrorCode::not_found);
  const auto versions = book_->versions("r", "", 10);
  ASSERT_EQ(versions->items.size(), 2u);
  EXPECT_EQ(versions->items[0].kind, detect::RuleVersion::Kind::deleted);
  EXPECT_EQ(versions->items[0].message, "gone");
  EXPECT_EQ(make("r").number, 3u);
}

TEST_F(RuleBookTest, ActiveSourcesAreWhatIsSwitchedOn) {
  make("draft");
  make("on");
  make("off");
  write(book_->set_mode("on", RuleMode::active, edit(), RuleBook::kAnyVersion));
  write(book_->set_mode("off", RuleMode::disabled, edit(), RuleBook::kAnyVersion));
  write(book_->set_file_rule("f1", "F1", RuleMode::disabled, std::nullopt, edit(), RuleBook::kAnyVersion));
  write(book_->set_file_rule("f2", "F2", RuleMode::active, model::Level::critical, edit(), 0));
  const auto sources = book_->active_sources();
  ASSERT_TRUE(sources.ok());
  EXPECT_THAT(sources->ids, ElementsAre("on"));
  ASSERT_EQ(sources->files.size(), 1u);
  EXPECT_EQ(detect::id_of_book_file(sources->files[0].name), "on");
  EXPECT_THAT(sources->disabled, ElementsAre("f1"));
  ASSERT_EQ(sources->levels.size(), 1u);
  EXPECT_EQ(sources->levels[0].second, model::Level::critical);
  EXPECT_FALSE(book_->set_mode("f1", RuleMode::active, edit(), RuleBook::kAnyVersion).ok());
  EXPECT_FALSE(book_->create(rule_text("f1"), edit()).ok());
  EXPECT_FALSE(detect::id_of_book_file("rules/on.yml"));
}

TEST_F(RuleBookTest, HostileTextsAreRefused) {
  const std::vector<std::string> texts = {"a: *x",
                                          "- 1",
                                          "",
                                          "id: r\ntitle: " + std::string(5000, 'x'),
                                          "id: a/b\ntitle: t",
                                          "id: " + std::string(129, 'a') + "\ntitle: t",
                                          std::string(detect::kMaxRuleBytes + 1, ' ')};
  for (const std::string& yaml : texts) {
    EXPECT_FALSE(book_->create(yaml, edit()).ok()) << yaml.substr(0, 40);
  }
  EXPECT_FALSE(book_->create(rule_text("r"), edit(std::string(5000, 'x'))).ok());
}

TEST_F(RuleBookTest, ExceptionsAreCheckedAndCompiled) {
  BookException exception;
  exception.id = "e";
  exception.rules = {"r"};
  exception.condition = "a: {user.name: bob}\ncondition: a\n";
  exception.reason = "known";
  exception.owner = "ada";
  exception.expires = 5;
  const auto write = book_->put_exception(exception, 0);
  ASSERT_TRUE(write.ok()) << write.error().message;
  ASSERT_TRUE(store_->apply(std::span(&*write, 1)).ok());
  const auto sources = book_->active_sources();
  ASSERT_EQ(sources->exceptions.size(), 1u);
  EXPECT_EQ(sources->exceptions[0].expires, 5);
  EXPECT_EQ(sources->exceptions[0].condition.test.field + sources->exceptions[0].owner, "user.nameada");
  for (const char* bad : {"", "a: 1", "a: {b: c}\ncondition: x\n", "a: {b: '%p%'}\n---\ncondition: a",
                          "a: {b|expand: '%p%'}\ncondition: a\n"}) {
    exception.condition = bad;
    EXPECT_FALSE(book_->put_exception(exception, 0).ok()) << bad;
  }
  exception.condition = "a: {b: c}\ncondition: a\n";
  exception.reason = " ";
  EXPECT_FALSE(book_->put_exception(exception, 0).ok());
}

// Applies a unified diff, strictly.
std::string patched(const std::string& before, const std::string& diff) {
  const auto lines_of = [](const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  };
  const auto old_lines = lines_of(before), steps = lines_of(diff);
  std::string out;
  std::size_t at = 0;
  for (std::size_t i = 2; i < steps.size(); ++i) {
    const std::string& step = steps[i];
    if (step.starts_with("@@")) {
      std::size_t first = 0, count = 0;
      EXPECT_EQ(std::sscanf(step.c_str(), "@@ -%zu,%zu", &first, &count), 2);
      const std::size_t start = count == 0 ? first : first - 1;
      EXPECT_GE(start, at);
      while (at < start) out += old_lines[at++] + "\n";
    } else if (step[0] == '+') {
      out += step.substr(1) + "\n";
    } else {
      EXPECT_EQ(old_lines.at(at), step.substr(1));
      if (step[0] == ' ') out += old_lines[at] + "\n";
      ++at;
    }
  }
  while (at < old_lines.size()) out += old_lines[at++] + "\n";
  return out;
}

TEST(RuleDiff, SmallTexts) {
  EXPECT_THAT(*detect::unified_diff("a\nb\n", "a\nb\n", "x", "y"), IsEmpty());
  EXPECT_EQ(*detect::unified_diff("a\nb\nc\n", "a\nB\nc\n", "1", "2"),
            "--- 1\n+++ 2\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
  EXPECT_EQ(*detect::unified_diff("", "a\n", "1", "2"), "--- 1\n+++ 2\n@@ -0,0 +1,1 @@\n+a\n");
  EXPECT_EQ(*detect::unified_diff("a\n", "", "1", "2"), "--- 1\n+++ 2\n@@ -1,1 +0,0 @@\n-a\n");
  EXPECT_FALSE(detect::unified_diff(std::string(2 << 20, 'a'), "", "1", "2").ok());
}

TEST(RuleDiff, AnyDiffGivesTheOtherText) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const auto text = [&](int kinds) {
      std::string out;
      const auto lines = random() % 60;
      for (std::uint32_t i = 0; i < lines; ++i) out += std::to_string(random() % kinds) + "\n";
      return out;
    };
    const int kinds = 2 + static_cast<int>(random() % 30);
    const std::string before = text(kinds), after = text(kinds);
    const auto diff = detect::unified_diff(before, after, "1", "2");
    ASSERT_TRUE(diff.ok());
    ASSERT_EQ(before == after ? after : patched(before, *diff), after) << *diff;
  }
}

TEST(RuleDiff, HugeDifferencesEndSoon) {
  std::string before, after;
  for (int i = 0; i < 100'000; ++i)
    before += std::to_string(i) + "\n", after += std::to_string(i * 7 % 99'991) + "\n";
  const auto diff = detect::unified_diff(before, after, "1", "2");
  ASSERT_TRUE(diff.ok());
  EXPECT_EQ(patched(before, *diff), after);
}

}  // namespace
}  // namespace vedette::test
