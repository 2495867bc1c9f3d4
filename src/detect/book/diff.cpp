// Unified diffs: Myers' greedy algorithm between the common head and tail, with a bound on its work.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "vedette/detect/rule_book.hpp"

namespace vedette::detect {
namespace {

constexpr std::size_t kContext = 3;
constexpr int kMaxEdits = 1'500;
constexpr std::size_t kMaxSteps = 20'000'000;

using Line = std::uint32_t;

struct DiffStep {
  char kind = ' ';  // ' ', '-' or '+'
  std::size_t before = 0,
              after = 0;  // index of the line in each text, of the one it is not in: where it stands
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

class LineTable {
 public:
  std::vector<Line> numbers(const std::vector<std::string_view>& lines) {
    std::vector<Line> out;
    out.reserve(lines.size());
    for (const std::string_view line : lines) {
      out.push_back(known_.emplace(line, static_cast<Line>(known_.size())).first->second);
    }
    return out;
  }

 private:
  std::unordered_map<std::string_view, Line> known_;
};

// The furthest points on each diagonal, kept for each number of edits so that the path can be found back.
class EditPath {
 public:
  EditPath(std::span<const Line> before, std::span<const Line> after) : a_(before), b_(after) {}

  // The kinds of steps in order; false if that took too much.
  bool find(std::string& kinds) {
    const int most = static_cast<int>(std::min<std::size_t>(a_.size() + b_.size(), kMaxEdits));
    for (int edits = 0; edits <= most; ++edits) {
      rounds_.emplace_back(static_cast<std::size_t>(2 * edits + 1));
      for (int diagonal = -edits; diagonal <= edits; diagonal += 2) {
        const std::ptrdiff_t x = slide(start_of(edits, diagonal), diagonal);
        rounds_.back()[static_cast<std::size_t>(diagonal + edits)] = x;
        if (steps_ > kMaxSteps) return false;
        if (x >= length(a_) && x - diagonal >= length(b_)) {
          walk_back(edits, diagonal, kinds);
          return true;
        }
      }
    }
    return false;
  }

 private:
  static std::ptrdiff_t length(std::span<const Line> lines) {
    return static_cast<std::ptrdiff_t>(lines.size());
  }
  std::ptrdiff_t reached(int edits, int diagonal) const {
    return rounds_[static_cast<std::size_t>(edits)][static_cast<std::size_t>(diagonal + edits)];
  }
  // Whether the step to this diagonal was an insertion (from the diagonal above).
  bool inserts(int edits, int diagonal) const {
    return diagonal == -edits ||
           (diagonal != edits && reached(edits - 1, diagonal - 1) < reached(edits - 1, diagonal + 1));
  }
  std::ptrdiff_t start_of(int edits, int diagonal) const {
    if (edits == 0) return 0;
    return inserts(edits, diagonal) ? reached(edits - 1, diagonal + 1) : reached(edits - 1, diagonal - 1) + 1;
  }
  std::ptrdiff_t slide(std::ptrdiff_t x, int diagonal) {
    ++steps_;
    for (std::ptrdiff_t y = x - diagonal; x < length(a_) && y < length(b_); ++x, ++y, ++steps_) {
      if (y < 0 || a_[static_cast<std::size_t>(x)] != b_[static_cast<std::size_t>(y)]) break;
    }
    return x;
  }
  void walk_back(int edits, int diagonal, std::string& kinds) const {
    std::ptrdiff_t x = length(a_);
    for (; edits > 0; --edits) {
      const bool insertion = inserts(edits, diagonal);
      const std::ptrdiff_t start = start_of(edits, diagonal);
      kinds.append(static_cast<std::size_t>(x - start), ' ');
      kinds += insertion ? '+' : '-';
      x = insertion ? start : start - 1;
      diagonal += insertion ? 1 : -1;
    }
    kinds.append(static_cast<std::size_t>(x), ' ');
    std::reverse(kinds.begin(), kinds.end());
  }

  std::span<const Line> a_, b_;
  std::vector<std::vector<std::ptrdiff_t>> rounds_;
  std::size_t steps_ = 0;
};

std::vector<DiffStep> diff_steps(std::span<const Line> a, std::span<const Line> b) {
  std::size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  const auto middle_a = a.subspan(head, a.size() - head - tail);
  const auto middle_b = b.subspan(head, b.size() - head - tail);
  std::string kinds;
  if (!EditPath(middle_a, middle_b).find(kinds)) {
    kinds = std::string(middle_a.size(), '-') + std::string(middle_b.size(), '+');
  }
  kinds = std::string(head, ' ') + kinds + std::string(tail, ' ');
  std::vector<DiffStep> steps;
  steps.reserve(kinds.size());
  std::size_t x = 0, y = 0;
  for (const char kind : kinds) {
    steps.push_back({kind, x, y});
    x += kind != '+';
    y += kind != '-';
  }
  return steps;
}

// "@@ -3,7 +3,8 @@": lines count from 1; of an empty side the line before is named.
std::string hunk_head(std::span<const DiffStep> steps) {
  std::size_t before = 0, after = 0;
  for (const DiffStep& step : steps) before += step.kind != '+', after += step.kind != '-';
  return fmt::format("@@ -{},{} +{},{} @@\n", steps.front().before + (before != 0), before,
                     steps.front().after + (after != 0), after);
}

// From the first step to show to the one after the last, from `at` on.
std::pair<std::size_t, std::size_t> next_hunk(const std::vector<DiffStep>& steps, std::size_t at) {
  while (at < steps.size() && steps[at].kind == ' ') ++at;
  if (at == steps.size()) return {at, at};
  std::size_t last = at;
  for (std::size_t i = at; i < steps.size() && i <= last + 2 * kContext + 1; ++i) {
    if (steps[i].kind != ' ') last = i;
  }
  return {at - std::min(at, kContext), std::min(steps.size(), last + 1 + kContext)};
}

}  // namespace

base::Result<std::string> unified_diff(std::string_view before, std::string_view after,
                                       std::string_view before_name, std::string_view after_name) {
  if (before.size() > kMaxRuleBytes || after.size() > kMaxRuleBytes) {
    return base::make_error(base::ErrorCode::limit, "only texts of at most 1 MB are compared");
  }
  if (before == after) return std::string();
  const auto before_lines = lines_of(before), after_lines = lines_of(after);
  LineTable table;
  const std::vector<Line> a = table.numbers(before_lines), b = table.numbers(after_lines);
  const std::vector<DiffStep> steps = diff_steps(a, b);
  std::string out;
  for (std::size_t at = 0; at < steps.size();) {
    const auto [from, to] = next_hunk(steps, at);
    if (from == to) break;
    if (out.empty()) out = fmt::format("--- {}\n+++ {}\n", before_name, after_name);
    out += hunk_head(std::span(steps).subspan(from, to - from));
    for (std::size_t i = from; i < to; ++i) {
      out += steps[i].kind;
      out += steps[i].kind == '+' ? after_lines[steps[i].after] : before_lines[steps[i].before];
      out += '\n';
    }
    at = to;
  }
  return out;
}

}  // namespace vedette::detect
