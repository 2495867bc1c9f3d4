// The place in a query's text, with what all parsers of the language share: blanks and comments, quoted
// texts, diagnostics, nesting and the names that fields may have.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "../ast.hpp"
#include "../parse.hpp"

namespace vedette::query {

class Cursor {
 public:
  Cursor(std::string_view text, const ParseOptions& options, base::Diagnostics& diagnostics);

  std::string_view text() const { return text_; }
  std::size_t at() const { return at_; }
  void move_to(std::size_t at) { at_ = at; }
  void skip(std::size_t bytes) { at_ += bytes; }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }
  bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  base::TimeNs now() const { return now_; }

  // Blanks, line ends and comments. An open comment is an error.
  void skip_blanks();
  bool take(std::string_view what);  // after blanks
  // A whole word in any case, after blanks.
  bool at_keyword(std::string_view word);
  bool take_keyword(std::string_view word);
  // A text in quotes, where the cursor stands at the quote. \\ \" \t \n \r and \uXXXX are escapes; before any
  // other character a backslash stands for itself.
  bool quoted(std::string& out);
  // Letters, digits and _ . @, or a name in backquotes; `hyphens`: every - belongs to it, otherwise only
  // where the name with it is a field that is known. Empty if there is none.
  std::string name(bool hyphens);
  bool at_name() const;

  // Always false; only the first error is kept.
  bool fail(std::string code, std::size_t at, std::string message, std::string help = {});
  bool failed() const { return failed_; }
  void warn(std::string code, std::size_t at, std::string message, std::string help = {});
  // "'x'" or "the end of the query", for messages.
  std::string found();
  bool expected(std::string_view what);
  Span span(std::size_t at) const;

  // Warns of a name that no field has.
  void check_field(const std::string& name, std::size_t at);
  void define(const std::string& name) { names_.insert(name); }
  void define_only(const std::vector<std::string>& names);
  void stop_checking() { checking_ = false; }
  bool is_known(const std::string& name) const { return names_.contains(name); }

  // Nesting: false (with an error) when it is too deep.
  bool enter(std::size_t at);
  void leave() { --depth_; }

 private:
  bool skip_comment();
  bool unicode_escape(std::string& out);

  std::string_view text_;
  std::size_t at_ = 0;
  base::TimeNs now_;
  base::Diagnostics& diagnostics_;
  std::vector<Span> spans_;  // of each byte, and of the end
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> warned_;
  bool checking_;
  bool failed_ = false;
  int depth_ = 0;
};

bool is_name_byte(char c);
std::string nearest_of(std::string_view word, const std::vector<std::string_view>& names);

}  // namespace vedette::query
