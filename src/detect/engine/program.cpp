#include "engine/program.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "engine/required.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect {
namespace {

using model::FieldTest;
using model::MatchOp;
using model::Predicate;

// Shorter literals occur in most events: looking for them costs more than it saves.
constexpr std::size_t kMinScanLiteral = 3;
// Longer literals are looked for by their beginning.
constexpr std::size_t kMaxScanLiteral = 256;

bool is_field_reference(MatchOp op) {
  return op >= MatchOp::field_equals;
}

// Whether the text of a number or a boolean can hold it.
bool may_be_in_number(std::string_view text) {
  const std::string lower = base::folded(text);
  for (const std::string_view word : {"true", "false", "-inf", "-nan"}) {
    if (word.find(lower) != std::string_view::npos) return true;
  }
  return lower.find_first_not_of("0123456789+-.e") == std::string::npos;
}

class Compiler {
 public:
  Compiler(const RuleSet& rules, Program& program) : rules_(rules), program_(program) {}

  void add_rule(std::uint32_t rule, const std::vector<std::string>& captured) {
    const Predicate& condition = rules_.rules[rule].condition;
    const auto root = static_cast<std::uint32_t>(program_.nodes.size());
    program_.nodes.emplace_back();
    fill(root, condition);
    ProgramRule& added = program_.rules.emplace_back(ProgramRule{rule, root, {}});
    for (const std::string& field : captured) added.captures.push_back(program_.fields.slot(field));
  }

  // Only tests that can rule a rule out are looked for; the others are evaluated when such a test has held.
  void finish() {
    for (TestId id = 0; id < program_.tests.size(); ++id) classify(program_.tests[id]);
    std::vector<bool> needed(program_.tests.size(), false);
    for (std::uint32_t i = 0; i < program_.rules.size(); ++i) {
      const std::optional<std::vector<TestId>> required = required_tests(program_, program_.rules[i].root);
      if (!required) {
        program_.always.push_back(i);
        continue;
      }
      for (const TestId test : *required) {
        program_.tests[test].rules.push_back(i);
        needed[test] = true;
      }
    }
    scanned_slots_.assign(program_.fields.slots(), false);
    program_.exact_slots.assign(program_.fields.slots(), false);
    for (TestId id = 0; id < program_.tests.size(); ++id) {
      if (needed[id]) {
        enter(id);
      } else {
        program_.tests[id].evaluation = Evaluation::lazy;
      }
    }
    list_slots();
    compile_database();
  }

 private:
  void fill(std::uint32_t at, const Predicate& predicate) {
    Node node;
    node.kind = predicate.kind;
    node.source = &predicate;
    if (predicate.kind == Predicate::Kind::test) {
      node.test = test_id(predicate.test);
    } else {
      node.first = static_cast<std::uint32_t>(program_.nodes.size());
      node.count = static_cast<std::uint32_t>(predicate.children.size());
      program_.nodes.resize(program_.nodes.size() + predicate.children.size());
    }
    program_.nodes[at] = node;
    for (std::uint32_t i = 0; i < node.count; ++i) fill(node.first + i, predicate.children[i]);
  }

  TestId test_id(const FieldTest& test) {
    const SlotId slot = test.field.empty() ? kKeywordSlot : program_.fields.slot(test.field);
    const auto& flags = test.regex;
    std::string key = fmt::format("{} {} {}{}{}{} {} {} ", slot, static_cast<int>(test.op),
                                  test.case_sensitive, flags.ignore_case, flags.multi_line, flags.dot_all,
                                  static_cast<int>(test.part), test.number);
    key += test.text;
    const auto [it, added] = ids_.try_emplace(std::move(key), static_cast<TestId>(program_.tests.size()));
    if (!added) return it->second;
    auto matcher = expr::Matcher::compile(test);
    CHECK(matcher.ok());  // the loader refuses rules whose patterns do not compile
    Test compiled{std::move(matcher).value(), slot, 0, Evaluation::lazy, {}};
    if (is_field_reference(test.op)) compiled.other = program_.fields.slot(test.text);
    if (slot == kKeywordSlot) note_keyword(test);
    program_.tests.push_back(std::move(compiled));
    return it->second;
  }

  void note_keyword(const FieldTest& test) {
    program_.has_keywords = true;
    if (test.op == MatchOp::regex || test.op == MatchOp::wildcard || may_be_in_number(test.text)) {
      program_.numeric_keywords = true;
    }
  }

  static void classify(Test& test) {
    const expr::Matcher& matcher = test.matcher;
    const MatchOp op = matcher.op();
    if (!matcher.is_text()) return;
    if (op == MatchOp::equals && !matcher.case_sensitive() && test.slot != kKeywordSlot) {
      test.evaluation = Evaluation::exact;
    } else if (matcher.literal().size() >= kMinScanLiteral && base::is_valid_utf8(matcher.literal())) {
      // Folding may join the ends of an invalid literal with the text around it.
      const bool whole = !matcher.case_sensitive() && op <= MatchOp::ends_with &&
                         matcher.literal().size() <= kMaxScanLiteral;
      test.evaluation = whole ? Evaluation::scan : Evaluation::guard;
    }
  }

  // Puts the test among the literals or the exact values.
  void enter(TestId id) {
    Test& test = program_.tests[id];
    const expr::Matcher& matcher = test.matcher;
    const bool keyword = test.slot == kKeywordSlot;
    if (keyword) program_.keywords_scanned = true;
    if (test.evaluation == Evaluation::exact) {
      program_.exact[exact_key(test.slot, matcher.literal())].push_back(id);
      program_.exact_slots[test.slot] = true;
      return;
    }
    std::string literal =
        matcher.case_sensitive() ? base::folded(matcher.literal()) : std::string(matcher.literal());
    literal.resize(std::min(literal.size(), kMaxScanLiteral));
    if (!keyword) scanned_slots_[test.slot] = true;
    const MatchOp op = matcher.op();
    const bool whole = test.evaluation == Evaluation::scan;
    const bool at_start = whole && (op == MatchOp::starts_with || op == MatchOp::equals);
    const bool at_end = whole && (op == MatchOp::ends_with || op == MatchOp::equals);
    const auto [it, added] =
        literal_ids_.try_emplace(literal, static_cast<std::uint32_t>(program_.literals.size()));
    if (added) program_.literals.push_back({std::move(literal), {}});
    program_.literals[it->second].uses.push_back({test.slot, at_start, at_end, id});
  }

  void list_slots() {
    for (SlotId slot = 0; slot < program_.fields.slots(); ++slot) {
      if (scanned_slots_[slot]) {
        program_.scanned.push_back(slot);
      } else if (program_.exact_slots[slot]) {
        program_.exact_only.push_back(slot);
      }
    }
  }

  void compile_database() {
    if (program_.literals.empty()) return;
    std::vector<const char*> texts;
    std::vector<std::size_t> lengths;
    std::vector<unsigned> ids, flags;
    for (std::size_t i = 0; i < program_.literals.size(); ++i) {
      texts.push_back(program_.literals[i].text.data());
      lengths.push_back(program_.literals[i].text.size());
      ids.push_back(static_cast<unsigned>(i));
      flags.push_back(0);
    }
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    const auto status =
        hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), lengths.data(),
                             static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr, &database, &error);
    if (error) hs_free_compile_error(error);
    CHECK(status == HS_SUCCESS);  // plain literals of bounded length always compile
    program_.database.reset(database);
  }

  const RuleSet& rules_;
  Program& program_;
  std::vector<bool> scanned_slots_;
  std::unordered_map<std::string, TestId> ids_;
  std::unordered_map<std::string, std::uint32_t> literal_ids_;
};

}  // namespace

std::uint64_t exact_key(SlotId slot, std::string_view folded) {
  return base::hash64(folded, slot);
}

std::unique_ptr<Program> compile_program(const RuleSet& rules, const std::vector<std::uint32_t>& members,
                                         const std::vector<std::vector<std::string>>& captured,
                                         FieldResolver resolver) {
  auto program = std::make_unique<Program>(std::move(resolver));
  Compiler compiler(rules, *program);
  for (const std::uint32_t rule : members) compiler.add_rule(rule, captured[rule]);
  compiler.finish();
  return program;
}

}  // namespace vedette::detect
