// Program: everything to be done with the events of one combination of log sources.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <hs/hs.h>

#include "engine/fields.hpp"
#include "vedette/detect/rule_set.hpp"
#include "vedette/expr/matcher.hpp"

namespace vedette::detect {

using TestId = std::uint32_t;

// Marks a test that looks at the whole event (keywords).
inline constexpr SlotId kKeywordSlot = 0xffff;

// How the truth of a test is found.
enum class Evaluation : std::uint8_t {
  scan,   // true exactly when the multi-pattern scan reports its literal at the right place
  exact,  // true exactly when the hash of a value is found in the table of exact values
  guard,  // to be evaluated only if the scan reports its literal, else false
  lazy,   // evaluated when a rule asks
};

// A test shared by all rules of the program that hold it.
struct Test {
  expr::Matcher matcher;
  SlotId slot = 0;
  SlotId other = 0;  // field references: slot of the other field
  Evaluation evaluation = Evaluation::lazy;
  std::vector<std::uint32_t> rules;  // program rules that become candidates when it is true
};

// A node of a rule's condition; children are consecutive in Program::nodes.
struct Node {
  model::Predicate::Kind kind = model::Predicate::Kind::never;
  std::uint32_t first = 0, count = 0;  // children
  TestId test = 0;
  const model::Predicate* source = nullptr;
};

struct ProgramRule {
  std::uint32_t rule = 0;        // index into RuleSet::rules
  std::uint32_t root = 0;        // index into Program::nodes
  std::vector<SlotId> captures;  // of the fields that correlations ask for
};

// A use of a scan literal: a test of one slot with one kind of anchoring.
struct LiteralUse {
  SlotId slot;
  bool at_start, at_end;
  TestId test;
};

struct Literal {
  std::string text;
  std::vector<LiteralUse> uses;
};

struct DatabaseDeleter {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};

// Immutable once compiled; shared by threads.
struct Program {
  explicit Program(FieldResolver resolver) : fields(std::move(resolver)) {}

  FieldResolver fields;
  std::vector<Test> tests;
  std::vector<Node> nodes;
  std::vector<ProgramRule> rules;
  std::vector<std::uint32_t> always;  // program rules that no literal or exact value can rule out
  std::vector<Literal> literals;      // ids of the database
  std::unique_ptr<hs_database_t, DatabaseDeleter> database;      // null if there are no literals
  std::unordered_map<std::uint64_t, std::vector<TestId>> exact;  // hash of slot and folded value
  std::vector<SlotId> scanned;     // slots whose values are searched for literals
  std::vector<SlotId> exact_only;  // slots whose values are only looked up in `exact`
  std::vector<bool> exact_slots;   // by slot: its values are looked up in `exact`
  bool for_all = false;  // holds every rule: whether a rule's log source agrees is asked when it matches
  bool has_keywords = false;
  bool keywords_scanned = false;  // some keyword is among the literals
  bool numeric_keywords = false;  // a keyword may be met by a number
};

std::uint64_t exact_key(SlotId slot, std::string_view folded);

// Compiles the given rules (indices into `rules`), none of which has an error that load would have told.
// `captured`: by rule, the fields whose values a hit carries along.
std::unique_ptr<Program> compile_program(const RuleSet& rules, const std::vector<std::uint32_t>& members,
                                         const std::vector<std::vector<std::string>>& captured,
                                         FieldResolver resolver);

}  // namespace vedette::detect
