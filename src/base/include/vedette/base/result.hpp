// Result<T>: a value or an Error, for the faults of the world (files, input, limits). Our own bugs are
// CHECKed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "vedette/base/check.hpp"

namespace vedette::base {

enum class ErrorCode : std::uint8_t {
  invalid_argument,  // what the caller or the user gave is wrong
  not_found,
  io,           // the operating system refused a read or a write
  corrupt,      // bytes that violate their format
  limit,        // a stated bound was passed
  unsupported,  // valid, but a part Vedette does not implement
  cancelled,
  no_space,  // the disk is full, or nearly so
  busy,      // another process holds what is needed
};

std::string_view error_code_name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::invalid_argument;
  std::string message;  // one sentence, starts in lower case, names the offending thing

  // "<message> (<where>)": adds the place a lower layer could not know.
  Error with_context(std::string_view where) const;
};

struct Unit {};

// Not thread safe; cheap to move. `value()` on an error is a CHECK failure.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  const Error& error() const {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Unit>;
inline Status ok_status() {
  return Unit{};
}

inline Error make_error(ErrorCode code, std::string message) {
  return Error{code, std::move(message)};
}

}  // namespace vedette::base

#define VEDETTE_CONCAT_(a, b) a##b
#define VEDETTE_CONCAT(a, b) VEDETTE_CONCAT_(a, b)

// TRY(expr): returns the error of a Status from the enclosing function.
#define TRY(expression)                                                                 \
  do {                                                                                  \
    if (auto try_status_ = (expression); !try_status_.ok()) return try_status_.error(); \
  } while (false)

// TRY_ASSIGN(auto x, expr): binds the value, or returns the error.
#define TRY_ASSIGN(declaration, expression)                                                              \
  auto VEDETTE_CONCAT(try_result_, __LINE__) = (expression);                                             \
  if (!VEDETTE_CONCAT(try_result_, __LINE__).ok()) return VEDETTE_CONCAT(try_result_, __LINE__).error(); \
  declaration = std::move(VEDETTE_CONCAT(try_result_, __LINE__)).value()
