// The table of scalar functions. One file a family; each family lists its functions in a table.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../ast.hpp"
#include "vedette/base/arena.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/value.hpp"

namespace vedette::query {

// A value that a function makes is at most this long; longer ones are null with a warning.
inline constexpr std::size_t kMaxResultBytes = 1 << 20;

// State that a function makes once a run of its arguments (a compiled regular expression), and may change.
struct Prepared {
  virtual ~Prepared() = default;
};

// One call.
struct Call {
  std::span<const model::Value> args;
  base::Arena& arena;
  Prepared* prepared;
  base::TimeNs now;
  std::string_view fault{};  // why the result is null, if that deserves a warning

  model::Value fail(std::string_view why) {
    fault = why;
    return model::Value::null();
  }
  model::Value text(std::string_view made);  // copied to the arena; fails if it is too long
};

enum class Nulls : std::uint8_t { propagate, see };
enum class Lists : std::uint8_t { each, see };  // each: a list as first argument gives a list of results

struct Function {
  std::string_view name;
  int min_args;
  int max_args;
  model::Value (*run)(Call&);
  Nulls nulls = Nulls::propagate;
  Lists lists = Lists::each;
  base::Result<std::unique_ptr<Prepared>> (*prepare)(std::span<const Expr> args) = nullptr;
};

const Function* find_function(std::string_view name);
// invalid_argument, with the place of the argument.
base::Error argument_error(const Expr& argument, std::string_view message);

std::span<const Function> arithmetic_functions();
std::span<const Function> text_functions();
std::span<const Function> pattern_functions();  // regular expressions
std::span<const Function> coding_functions();
std::span<const Function> date_functions();
std::span<const Function> ip_functions();
std::span<const Function> hash_functions();
std::span<const Function> conversion_functions();
std::span<const Function> list_functions();

// An argument as number, integer, text. Texts of numbers are numbers; every scalar has a text.
std::optional<double> number_in(const model::Value& value);
std::optional<std::int64_t> integer_in(const model::Value& value);
// May point into `buffer`.
std::string_view text_in(const model::Value& value, model::TextBuffer& buffer);
std::optional<base::TimeNs> time_in(const model::Value& value);
// An integer if the value is whole and fits, else the double; null for NaN and infinities.
model::Value number_value(double value);
model::Value time_value(base::TimeNs time, base::Arena& arena);
// Seconds, whole if they are.
model::Value duration_value(base::TimeNs duration);
// The start of the interval that the time lies in.
base::TimeNs floor_to(base::TimeNs time, base::TimeNs interval);

}  // namespace vedette::query
