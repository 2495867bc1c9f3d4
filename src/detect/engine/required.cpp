#include "engine/required.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::detect {
namespace {

using Kind = model::Predicate::Kind;

struct Required {
  bool bounded = false;  // whether `tests` is complete
  double cost = 0;       // expected share of events that meet one of them, roughly
  std::vector<TestId> tests;
};

// Longer literals are rarer. Values such as "true", or the name of a common program, are met by every other
// event.
double expected_share(const Test& test) {
  const std::string_view literal = test.matcher.literal();
  const auto length = static_cast<double>(std::min<std::size_t>(literal.size(), 24));
  if (test.evaluation == Evaluation::exact) {
    if (literal == "true" || literal == "false" || literal == "-" || literal.empty()) return 0.5;
    return literal.size() <= 2 ? 0.1 : 0.02;
  }
  const bool common = literal == ".exe" || literal == "\\windows\\" || literal == "c:\\" ||
                      literal.find("\\windows\\system32") != std::string_view::npos ||
                      literal.find("program files") != std::string_view::npos;
  return common ? 0.5 : 0.3 / (length * length);
}

Required required(const Program& program, std::uint32_t at) {
  const Node& node = program.nodes[at];
  switch (node.kind) {
    case Kind::never:
      return {true, 0, {}};
    case Kind::always:
    case Kind::negation:
      return {};
    case Kind::test: {
      const Test& test = program.tests[node.test];
      if (test.evaluation == Evaluation::lazy) return {};
      return {true, expected_share(test), {node.test}};
    }
    case Kind::any_of: {
      Required all{true, 0, {}};
      for (std::uint32_t i = 0; i < node.count; ++i) {
        Required child = required(program, node.first + i);
        if (!child.bounded) return {};
        all.cost += child.cost;
        all.tests.insert(all.tests.end(), child.tests.begin(), child.tests.end());
      }
      return all;
    }
    case Kind::all_of: {
      Required best;
      for (std::uint32_t i = 0; i < node.count; ++i) {
        Required child = required(program, node.first + i);
        if (child.bounded && (!best.bounded || child.cost < best.cost)) best = std::move(child);
      }
      return best;
    }
  }
  return {};
}

}  // namespace

std::optional<std::vector<TestId>> required_tests(const Program& program, std::uint32_t root) {
  Required found = required(program, root);
  if (!found.bounded) return std::nullopt;
  std::sort(found.tests.begin(), found.tests.end());
  found.tests.erase(std::unique(found.tests.begin(), found.tests.end()), found.tests.end());
  return std::move(found.tests);
}

}  // namespace vedette::detect
