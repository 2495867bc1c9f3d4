// Random rules on random events: the engine must agree with the naive evaluator on every pair.
//
// Many rules share one rule set, so that the prefilter, shared tests and the literal scan act together.
// VEDETTE_LONG=1 runs more rule sets; VEDETTE_SEED=n runs only the rule set of that seed.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "support/naive_evaluator.hpp"
#include "vedette/base/text.hpp"
#include "vedette/detect/engine.hpp"
#include "vedette/expr/matcher.hpp"

namespace vedette::test {
namespace {

using model::FieldTest;
using model::MatchOp;
using model::Predicate;
using model::Value;
using namespace std::string_view_literals;

constexpr int kRules = 48;
constexpr int kEvents = 48;
constexpr unsigned kSets = 80;
constexpr unsigned kLongSets = 6000;

// Case pairs of one and of different lengths in UTF-8, look-alikes of numbers, booleans, addresses and times,
// what is special in patterns, and text that no regular expression or wildcard may take for special.
constexpr std::string_view kTokens[] = {"a",
                                        "b",
                                        "ab",
                                        "abc",
                                        "cmd.exe",
                                        "\\System32\\",
                                        "powershell",
                                        "-enc",
                                        "ÄRGER",
                                        "straße",
                                        "STRAẞE",
                                        "İ",
                                        "ı",
                                        "\u212A",
                                        "k",
                                        "ſ",
                                        "s",
                                        "Σας",
                                        "σΑΣ",
                                        "é",
                                        "É",
                                        "€",
                                        "😀",
                                        "Ⱥ",
                                        "ⱥ",
                                        "Ω",
                                        "ω",
                                        " ",
                                        "*",
                                        "?",
                                        "\\",
                                        "(",
                                        "[x]",
                                        "$",
                                        "\n",
                                        "4688",
                                        "1",
                                        "0.5",
                                        "-1",
                                        "1e+20",
                                        "true",
                                        "False",
                                        "10.1.2.3",
                                        "fe80::1",
                                        "::ffff:10.1.1.1",
                                        "2026-02-01T03:59:00Z",
                                        "xyz_",
                                        "foo"};
// In events only: broken UTF-8.
constexpr std::string_view kBroken[] = {"\xC3"sv, "\xE2\x82"sv, "\xFF"sv, "\x80"sv, "\0"sv, "\xED\xA0\x80"sv};
constexpr std::string_view kFields[] = {"f", "g", "h", "Image", "Threat Name"};
constexpr std::string_view kEventFields[] = {"f", "g",   "h",     "F",          "Image",
                                             "x", "y.z", "image", "ThreatName", "threat name"};
constexpr std::string_view kNetworks[] = {"10.0.0.0/8", "10.1.2.3", "fe80::/10", "0.0.0.0/0"};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <typename T, std::size_t n>
  const T& of(const T (&items)[n]) {
    return items[below(n)];
  }

 private:
  std::mt19937 engine_;
};

std::string tokens(Random& random, std::size_t most) {
  std::string text;
  for (std::size_t n = random.below(most + 1); n > 0; --n) text += random.of(kTokens);
  return text;
}

class RuleMaker {
 public:
  explicit RuleMaker(Random& random) : random_(random) {}

  Predicate rule() { return node(3); }
  const std::vector<std::string>& literals() const { return literals_; }

 private:
  Predicate node(int depth) {
    Predicate predicate;
    const std::size_t kind = depth == 0 ? 9 : random_.below(10);
    if (kind < 3) predicate.kind = Predicate::Kind::all_of;
    if (kind >= 3 && kind < 6) predicate.kind = Predicate::Kind::any_of;
    if (kind == 6) predicate.kind = Predicate::Kind::negation;
    if (kind > 6) {
      if (random_.one_in(60)) {
        predicate.kind = random_.one_in(2) ? Predicate::Kind::always : Predicate::Kind::never;
        return predicate;
      }
      predicate.kind = Predicate::Kind::test;
      predicate.test = valid_test();
      return predicate;
    }
    const std::size_t children = kind == 6 ? 1 : random_.below(4) + (random_.one_in(20) ? 0 : 1);
    for (std::size_t i = 0; i < children; ++i) predicate.children.push_back(node(depth - 1));
    return predicate;
  }

  FieldTest valid_test() {
    for (;;) {
      FieldTest test = any_test();
      if (expr::Matcher::compile(test).ok()) return test;
    }
  }

  // The n-th operator that a rule may have: words is for searches.
  static MatchOp rule_op(std::size_t n) {
    return static_cast<MatchOp>(n < static_cast<std::size_t>(MatchOp::words) ? n : n + 1);
  }

  FieldTest any_test() {
    FieldTest test;
    test.field = random_.of(kFields);
    // Text tests are what the prefilter is about.
    test.op = rule_op(random_.one_in(3) ? random_.below(16) : random_.below(6));
    test.case_sensitive = random_.one_in(4);
    if (random_.one_in(6) && test.op > MatchOp::equals && test.op <= MatchOp::regex) test.field.clear();
    switch (test.op) {
      case MatchOp::regex:
        test.text = regex();
        test.case_sensitive = false;
        test.regex = {random_.one_in(2), random_.one_in(3), random_.one_in(3)};
        break;
      case MatchOp::wildcard:
        test.text = wildcard();
        break;
      case MatchOp::cidr:
        test.text = random_.of(kNetworks);
        break;
      case MatchOp::less:
      case MatchOp::less_equal:
      case MatchOp::greater:
      case MatchOp::greater_equal:
        test.number = random_.one_in(2) ? 0.5 : static_cast<double>(random_.below(4));
        if (random_.one_in(3)) test.part = random_.one_in(2) ? model::TimePart::hour : model::TimePart::week;
        break;
      case MatchOp::field_equals:
      case MatchOp::field_contains:
      case MatchOp::field_starts_with:
      case MatchOp::field_ends_with:
        test.text = random_.of(kFields);
        break;
      case MatchOp::exists:
      case MatchOp::is_null:
        break;
      default:
        test.text = literal();
    }
    return test;
  }

  std::string literal() {
    if (!literals_.empty() && random_.one_in(4)) return literals_[random_.below(literals_.size())];
    std::string text = tokens(random_, 4);
    // Beyond what is looked for in whole.
    if (random_.one_in(60)) text = std::string(random_.below(40) + 250, 'l') + text;
    literals_.push_back(text);
    return text;
  }

  std::string wildcard() {
    std::string pattern;
    for (std::size_t n = random_.below(5) + 1; n > 0; --n) {
      for (const char c : literal()) {
        if (c == '*' || c == '?' || c == '\\') pattern += '\\';
        pattern += c;
      }
      for (std::size_t holes = random_.below(4); holes > 0; --holes) pattern += random_.one_in(2) ? '*' : '?';
    }
    return pattern;
  }

  std::string regex() {
    static constexpr std::string_view kParts[] = {".",          ".*",
                                                  ".{0,3}",     "[[:alpha:]xyz_foo]",
                                                  "[^a]",       "[]a\\]]",
                                                  "\\d+",       "\\x61",
                                                  "(?:ab|cmd)", "(?i)",
                                                  "(?s)",       "^",
                                                  "$",          "|",
                                                  "\\b",        "b?",
                                                  "(ab)*",      "a{2}",
                                                  "\\pL",       "(?P<n>a)",
                                                  "c+",         "\\W",
                                                  "(?i:K)",     "\\n",
                                                  "é?",         "[[:^digit:](]"};
    std::string pattern;
    for (std::size_t n = random_.below(5) + 1; n > 0; --n) {
      if (random_.one_in(2)) {
        pattern += random_.of(kParts);
        continue;
      }
      for (const char c : literal()) {
        if (static_cast<unsigned char>(c) < 0x80 && !base::is_alnum(c) && c != '_') pattern += '\\';
        pattern += c;
      }
    }
    return pattern;
  }

  Random& random_;
  std::vector<std::string> literals_;
};

class EventMaker {
 public:
  EventMaker(Random& random, const std::vector<std::string>& literals)
      : random_(random), literals_(literals), batch_(std::make_shared<model::Source>()) {}

  void add(std::uint64_t position) {
    batch_.begin_row(position);
    std::set<std::string_view> names;
    for (std::size_t n = random_.below(6); n > 0; --n) names.insert(random_.of(kEventFields));
    if (random_.one_in(10)) names.insert("event.original");
    for (const std::string_view name : names) batch_.add(model::intern(name), value());
    batch_.end_row();
  }

  std::shared_ptr<const model::EventBatch> finish() { return batch_.finish(); }

 private:
  Value value() {
    if (!random_.one_in(6)) return scalar();
    const auto list = batch_.arena().allocate_array<Value>(random_.below(random_.one_in(8) ? 100 : 5));
    for (Value& item : list) item = scalar();
    return Value::list(list);
  }

  Value scalar() {
    switch (random_.below(16)) {
      case 0:
        return Value::null();
      case 1:
        return Value::boolean(random_.one_in(2));
      case 2:
        return Value::integer(random_.one_in(3) ? 4688 : static_cast<std::int64_t>(random_.below(5)) - 1);
      case 3:
        return Value::real(random_.one_in(3) ? 1e20 : static_cast<double>(random_.below(8)) / 4);
      case 4:
        return part_of_last();
      default:
        last_ = batch_.arena().copy(text());
        return Value::string(last_);
    }
  }

  // Parsers cut fields out of each other.
  Value part_of_last() {
    return Value::string(last_.substr(0, last_.empty() ? 0 : random_.below(last_.size() + 1)));
  }

  std::string text() {
    std::string out;
    if (random_.one_in(150)) out.assign(random_.below(20000), random_.one_in(2) ? 'a' : 'l');
    for (std::size_t n = random_.below(4); n > 0; --n) {
      if (!literals_.empty() && random_.one_in(2)) out += literals_[random_.below(literals_.size())];
      out += tokens(random_, 1);
      if (random_.one_in(12)) out += random_.of(kBroken);
    }
    if (random_.one_in(3)) flip_case(out);
    if (random_.one_in(16) && !out.empty()) out.erase(random_.below(out.size()), 1);
    return out;
  }

  void flip_case(std::string& text) {
    for (char& c : text) {
      if (base::is_alnum(c) && !base::is_digit(c) && random_.one_in(2)) c = static_cast<char>(c ^ 0x20);
    }
  }

  Random& random_;
  const std::vector<std::string>& literals_;
  model::BatchBuilder batch_;
  std::string_view last_;
};

std::string describe(const Predicate& predicate) {
  static constexpr const char* kKinds[] = {"always", "never", "all", "any", "not", "test"};
  std::string out = kKinds[static_cast<int>(predicate.kind)];
  if (predicate.kind == Predicate::Kind::test) {
    const FieldTest& test = predicate.test;
    return "{field '" + test.field + "' op " + std::to_string(static_cast<int>(test.op)) +
           (test.case_sensitive ? " cased" : "") + (test.regex.ignore_case ? " i" : "") +
           (test.regex.multi_line ? " m" : "") + (test.regex.dot_all ? " s" : "") + " part " +
           std::to_string(static_cast<int>(test.part)) + " number " + std::to_string(test.number) +
           " text '" + base::escape_control(test.text) + "'}";
  }
  out += "(";
  for (const Predicate& child : predicate.children) out += describe(child);
  return out + ")";
}

// Runs the rule set of one seed; false on a mismatch, which is reported.
bool agree(unsigned seed) {
  Random random(seed);
  RuleMaker maker(random);
  detect::RuleSet rules;
  const auto info = std::make_shared<model::RuleInfo>();
  info->log_source.category = "case";
  for (int i = 0; i < kRules; ++i) rules.rules.push_back({info, maker.rule(), true, "", {}});
  EventMaker events(random, maker.literals());
  for (int i = 0; i < kEvents; ++i) events.add(static_cast<std::uint64_t>(i) + 1);
  const auto batch = events.finish();

  detect::Taxonomy taxonomy;
  taxonomy.log_sources.push_back({info->log_source, {{}}});
  const detect::Engine engine(rules, taxonomy);
  std::vector<detect::RuleHit> hits;
  detect::Detector(engine).run(*batch, hits);
  std::set<std::pair<std::uint32_t, std::uint32_t>> found;
  for (const detect::RuleHit& hit : hits) {
    EXPECT_TRUE(found.emplace(hit.row, hit.rule).second) << "seed " << seed << ": a rule hit twice";
  }
  for (std::uint32_t row = 0; row < batch->size(); ++row) {
    for (std::uint32_t rule = 0; rule < rules.rules.size(); ++rule) {
      const bool expected = holds(rules.rules[rule].condition, (*batch)[row]);
      if (found.contains({row, rule}) == expected) continue;
      std::string json;
      append_json(json, (*batch)[row]);
      ADD_FAILURE() << "seed " << seed << ", rule " << rule << ", event " << row << ": the engine says "
                    << !expected << "\nrule: " << describe(rules.rules[rule].condition)
                    << "\nevent: " << json.substr(0, 3000);
      return false;
    }
  }
  return true;
}

TEST(EngineDifferential, AgreesWithTheNaiveEvaluator) {
  if (const char* seed = std::getenv("VEDETTE_SEED")) {
    agree(static_cast<unsigned>(std::strtoul(seed, nullptr, 10)));
    return;
  }
  const unsigned sets = std::getenv("VEDETTE_LONG") ? kLongSets : kSets;
  int mismatches = 0;
  for (unsigned seed = 1; seed <= sets && mismatches < 5; ++seed) mismatches += agree(seed) ? 0 : 1;
}

}  // namespace
}  // namespace vedette::test
