#include "vedette/base/result.hpp"

namespace vedette::base {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid-argument";
    case ErrorCode::not_found:
      return "not-found";
    case ErrorCode::io:
      return "io";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::limit:
      return "limit";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::no_space:
      return "no-space";
    case ErrorCode::busy:
      return "busy";
    case ErrorCode::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Error Error::with_context(std::string_view where) const {
  std::string text = message;
  text.append(" (").append(where).append(")");
  return Error{code, std::move(text)};
}

}  // namespace vedette::base
