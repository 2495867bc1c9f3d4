#include <algorithm>
#include <limits>

#include "search/field_reader.hpp"
#include "search/filter_node.hpp"
#include "vedette/base/case_fold.hpp"

namespace vedette::store::search {

using model::FieldId;
using model::MatchOp;

namespace {

// Whether the folded text can stand in the text of a time stamp ("2026-11-03t09:12:00.123z").
bool can_be_of_time(std::string_view folded) {
  return folded.find_first_not_of("0123456789-:.tz") == std::string_view::npos;
}

bool word_can_be_of_time(std::string_view word) {
  if (!can_be_of_time(word)) return false;
  const bool digits = word.find_first_of("tz") == std::string_view::npos;
  return !digits || word.size() == 2 || word.size() == 4;
}

bool has_field(const Segment& segment, FieldId field) {
  const auto fields = segment.fields();
  return std::any_of(fields.begin(), fields.end(),
                     [&](const FieldInfo& info) { return info.field == field; });
}

template <typename Keep>
void keep_blocks(const Segment& segment, Bitmap& blocks, Keep keep) {
  for (std::uint32_t i = 0; i < blocks.size(); ++i) {
    if (blocks.test(i) && !keep(segment.blocks()[i])) blocks.reset(i);
  }
}

class TestPruner {
 public:
  TestPruner(const FilterNode& node, const Segment& segment, Bitmap& blocks, std::uint64_t& bytes_read)
      : node_(node), matcher_(*node.matcher), segment_(segment), blocks_(blocks), bytes_read_(bytes_read) {}

  void run() {
    if (matcher_.op() == MatchOp::is_null) return;
    if (node_.tests_many_fields()) return many_fields();
    if (node_.field == model::field::timestamp) return by_time();
    if (node_.field == id_field()) return by_id();
    segment_.prune_exists(node_.field, blocks_, bytes_read_);
    if (node_.other && *node_.other != model::field::timestamp && *node_.other != id_field()) {
      segment_.prune_exists(*node_.other, blocks_, bytes_read_);
    }
    if (!blocks_.none()) by_value(node_.field);
  }

 private:
  void many_fields() {
    if (node_.part || node_.other || !matcher_.is_text()) return;
    const bool with_time = !node_.names || node_.names->matches(model::name_of(model::field::timestamp));
    if (with_time && may_match_time()) return;
    by_value(std::nullopt);
  }

  bool may_match_time() const {
    if (matcher_.op() == MatchOp::words) {
      return std::all_of(matcher_.words().begin(), matcher_.words().end(), word_can_be_of_time);
    }
    return can_be_of_time(base::folded(matcher_.literal()));
  }

  void by_value(std::optional<FieldId> field) {
    if (const auto probe = node_.probe()) return by_probe(field, *probe);
    if (matcher_.op() == MatchOp::words && matcher_.words().empty()) blocks_ = Bitmap(blocks_.size());
    if (field && !node_.part && !node_.other && node_.is_comparison() && !node_.against_text)
      by_range(*field);
  }

  void by_probe(std::optional<FieldId> field, const ValueProbe& probe) {
    switch (probe.kind) {
      case ValueProbe::Kind::whole:
        return segment_.prune_whole(field, probe.folded, blocks_, bytes_read_);
      case ValueProbe::Kind::substring:
        return segment_.prune_substring(field, probe.folded, blocks_, bytes_read_);
      case ValueProbe::Kind::words: {
        const std::vector<std::string_view> words(probe.words.begin(), probe.words.end());
        return segment_.prune_words(field, words, blocks_, bytes_read_);
      }
    }
  }

  void by_range(FieldId field) {
    const double infinity = std::numeric_limits<double>::infinity();
    const bool below = matcher_.op() == MatchOp::less || matcher_.op() == MatchOp::less_equal;
    segment_.prune_range(field, below ? -infinity : node_.number, below ? node_.number : infinity, blocks_,
                         bytes_read_);
  }

  void by_time() {
    if (!node_.is_comparison() || !node_.time) return;
    const bool below = matcher_.op() == MatchOp::less || matcher_.op() == MatchOp::less_equal;
    keep_blocks(segment_, blocks_, [&](const BlockInfo& info) {
      return compares(matcher_.op(), below ? info.min_time : info.max_time, *node_.time);
    });
  }

  void by_id() {
    if (matcher_.op() != MatchOp::equals || node_.part || has_field(segment_, id_field())) return;
    keep_blocks(segment_, blocks_, [&](const BlockInfo& info) {
      return node_.sequence && info.min_sequence <= *node_.sequence && *node_.sequence <= info.max_sequence;
    });
  }

  const FilterNode& node_;
  const expr::Matcher& matcher_;
  const Segment& segment_;
  Bitmap& blocks_;
  std::uint64_t& bytes_read_;
};

}  // namespace

std::optional<ValueProbe> FilterNode::probe() const {
  if (part || other) return std::nullopt;
  ValueProbe probe;
  switch (matcher->op()) {
    case MatchOp::equals:
      break;
    case MatchOp::contains:
    case MatchOp::starts_with:
    case MatchOp::ends_with:
    case MatchOp::wildcard:
    case MatchOp::regex:
      probe.kind = ValueProbe::Kind::substring;
      break;
    case MatchOp::words:
      if (matcher->words().empty()) return std::nullopt;
      probe.kind = ValueProbe::Kind::words;
      probe.words = matcher->words();
      return probe;
    default:
      return std::nullopt;
  }
  probe.folded = base::folded(matcher->literal());
  if (probe.folded.empty() && probe.kind == ValueProbe::Kind::substring) return std::nullopt;
  return probe;
}

bool FilterNode::is_always_of(const Segment& segment) const {
  const auto child_is = [&](const FilterNode& child) { return child.is_always_of(segment); };
  switch (kind) {
    case Kind::always:
      return true;
    case Kind::never:
    case Kind::negation:
      return false;
    case Kind::all_of:
      return std::all_of(children.begin(), children.end(), child_is);
    case Kind::any_of:
      return std::any_of(children.begin(), children.end(), child_is);
    case Kind::test:
      break;
  }
  if (matcher->op() != MatchOp::is_null || tests_many_fields() || part) return false;
  return field != model::field::timestamp && field != id_field() && !has_field(segment, field);
}

void FilterNode::prune(const Segment& segment, Bitmap& blocks, std::uint64_t& bytes_read) const {
  switch (kind) {
    case Kind::always:
    case Kind::negation:
      return;
    case Kind::never:
      blocks = Bitmap(blocks.size());
      return;
    case Kind::all_of:
      for (const FilterNode& child : children) {
        child.prune(segment, blocks, bytes_read);
        if (blocks.none()) return;
      }
      return;
    case Kind::any_of: {
      Bitmap kept(blocks.size());
      for (const FilterNode& child : children) {
        Bitmap own = blocks;
        child.prune(segment, own, bytes_read);
        kept |= own;
      }
      blocks &= kept;
      return;
    }
    case Kind::test:
      TestPruner(*this, segment, blocks, bytes_read).run();
  }
}

}  // namespace vedette::store::search
