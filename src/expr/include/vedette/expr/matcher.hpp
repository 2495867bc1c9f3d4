// Matcher: one FieldTest compiled, evaluated on values. Detection, search and playbooks share its semantics.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/ip.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/predicate.hpp"
#include "vedette/model/value.hpp"

namespace vedette::expr {

// A wildcard pattern in canonical form (see model::MatchOp::wildcard), split for matching.
// Matching is anchored at both ends and takes O(text * pattern) at worst, with no backtracking beyond one
// star.
class WildcardPattern {
 public:
  explicit WildcardPattern(std::string_view pattern);
  bool matches(std::string_view text) const;

  // The longest literal run: text that does not hold it cannot match. May be empty.
  std::string_view longest_literal() const { return longest_; }

 private:
  // A run between two stars: literal bytes, where kAnyOne stands for one code point.
  struct Piece {
    std::string bytes;
    std::vector<std::size_t> any_one;  // offsets in `bytes` of the placeholders
  };
  static std::size_t match_at(const Piece& piece, std::string_view text, std::size_t at);
  static bool find(const Piece& piece, std::string_view text, std::size_t from, std::size_t& begin,
                   std::size_t& end);
  bool match_last(const Piece& piece, std::string_view text, std::size_t from) const;

  std::vector<Piece> pieces_;  // at least one; stars stand between them
  std::string longest_;
};

// Reused buffers of one thread.
struct Scratch {
  std::string folded;
};

// Immutable and thread safe after compile.
class Matcher {
 public:
  // ErrorCode::invalid_argument if the pattern (regular expression, network) is malformed.
  static base::Result<Matcher> compile(const model::FieldTest& test);
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  ~Matcher();

  // `value` is nullptr if the event lacks the field. Lists pass if an element does.
  bool matches(const model::Value* value, Scratch& scratch) const;
  // For tests against another field (MatchOp::field_*).
  bool matches_fields(const model::Value* value, const model::Value* other, Scratch& scratch) const;
  // For text tests where the caller has both forms at hand: `folded` is base::folded(raw).
  bool matches_text(std::string_view raw, std::string_view folded) const;

  model::MatchOp op() const { return op_; }
  // Compares text (equals, contains, starts_with, ends_with, wildcard, words, regex), as against order,
  // existence, networks.
  bool is_text() const;
  bool case_sensitive() const { return case_sensitive_; }
  // The text to look for: folded unless case_sensitive. For wildcards and regular expressions a literal that
  // every match holds (folded), or empty if none is known.
  std::string_view literal() const { return literal_; }
  // The words that every match of MatchOp::words holds, folded.
  const std::vector<std::string>& words() const { return words_; }

 private:
  Matcher();
  bool matches_scalar(const model::Value& value, Scratch& scratch) const;
  bool compare(const model::Value& value) const;
  bool compare_text(const model::Value& value) const;
  bool compare_number(const model::Value& value) const;
  bool part_matches(const model::Value& value) const;

  struct Regex;
  model::MatchOp op_{};
  model::TimePart part_{};
  bool case_sensitive_ = false;
  double number_ = 0;
  bool against_text_ = false;  // comparisons: with literal_ (folded) rather than number_
  std::optional<base::IpAddress> bound_address_;
  std::optional<base::TimeNs> bound_time_;
  std::vector<std::string> words_;
  std::string literal_;
  std::unique_ptr<WildcardPattern> wildcard_;
  std::unique_ptr<Regex> regex_;
  base::IpNetwork network_;
};

}  // namespace vedette::expr
