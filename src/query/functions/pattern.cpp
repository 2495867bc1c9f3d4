// Functions with regular expressions: RE2, linear time.
#include <re2/re2.h>

#include "functions.hpp"

namespace vedette::query {
namespace {

using model::Value;

constexpr std::int64_t kRegexMemory = 8 << 20;

// The expression of the latest call; a constant one is compiled once.
struct Regex : Prepared {
  std::unique_ptr<RE2> compiled;
  RE2* get(std::string_view pattern) {
    if (!compiled || compiled->pattern() != pattern) {
      RE2::Options options(RE2::Quiet);
      options.set_max_mem(kRegexMemory);
      compiled = std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    }
    return compiled->ok() ? compiled.get() : nullptr;
  }
};

// The pattern is the second argument.
base::Result<std::unique_ptr<Prepared>> prepare_regex(std::span<const Expr> args) {
  auto regex = std::make_unique<Regex>();
  const auto* pattern = std::get_if<std::string>(&args[1].literal);
  if (args[1].kind == Expr::Kind::literal && pattern && !regex->get(*pattern)) {
    return argument_error(args[1], "regular expression: " + regex->compiled->error());
  }
  return std::unique_ptr<Prepared>(std::move(regex));
}

RE2* regex_of(Call& call) {
  model::TextBuffer buffer;
  RE2* regex = static_cast<Regex*>(call.prepared)->get(text_in(call.args[1], buffer));
  if (!regex) call.fail("the regular expression is malformed");
  return regex;
}

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

Value matches(Call& call) {
  RE2* regex = regex_of(call);
  if (!regex) return Value::null();
  for (const Value& item : call.args[0].elements()) {
    model::TextBuffer buffer;
    if (!item.is_null() && RE2::PartialMatch(piece(text_in(item, buffer)), *regex))
      return Value::boolean(true);
  }
  return Value::boolean(false);
}

// All matches; \1 to \9 of the replacement are groups.
Value replace(Call& call) {
  RE2* regex = regex_of(call);
  if (!regex) return Value::null();
  model::TextBuffer text_buffer, with_buffer;
  const std::string_view with = text_in(call.args[2], with_buffer);
  std::string error;
  if (!regex->CheckRewriteString(piece(with), &error))
    return call.fail("the replacement names a group that is not there");
  std::string text(text_in(call.args[0], text_buffer));
  // A match is a byte at least, or empty between two.
  if (with.size() > 0 && (text.size() + 1) > 64 * kMaxResultBytes / with.size()) {
    return call.fail("the result may be longer than 1 MiB");
  }
  RE2::GlobalReplace(&text, *regex, piece(with));
  return call.text(text);
}

// The group (by number or name), else the first if there is one, else the whole match.
Value extract(Call& call) {
  RE2* regex = regex_of(call);
  if (!regex) return Value::null();
  const int groups = regex->NumberOfCapturingGroups();
  std::int64_t wanted = groups > 0 ? 1 : 0;
  if (call.args.size() > 2) {
    model::TextBuffer name_buffer;
    const auto number = integer_in(call.args[2]);
    const auto& names = regex->NamedCapturingGroups();
    const auto named = names.find(std::string(text_in(call.args[2], name_buffer)));
    wanted = number ? *number : (named == names.end() ? -1 : named->second);
  }
  if (wanted < 0 || wanted > groups) return call.fail("the expression has no such group");
  model::TextBuffer buffer;
  const std::string_view text = text_in(call.args[0], buffer);
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(wanted) + 1);
  if (!regex->Match(piece(text), 0, text.size(), RE2::UNANCHORED, found.data(),
                    static_cast<int>(found.size()))) {
    return Value::null();
  }
  const re2::StringPiece& group = found.back();
  if (!group.data()) return Value::null();
  return call.text({group.data(), group.size()});
}

constexpr Function kPatternFunctions[] = {
    {"matches", 2, 2, matches, Nulls::propagate, Lists::see, prepare_regex},
    {"replace", 3, 3, replace, Nulls::propagate, Lists::each, prepare_regex},
    {"extract", 2, 3, extract, Nulls::propagate, Lists::each, prepare_regex},
};

}  // namespace

std::span<const Function> pattern_functions() {
  return kPatternFunctions;
}

}  // namespace vedette::query
