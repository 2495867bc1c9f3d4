// Errors of the operating system as errors of ours.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "vedette/base/result.hpp"

namespace vedette::base {

// "cannot ACTION PATH: REASON", with the code that callers tell apart (not_found, no_space, io).
inline Error os_error(std::string_view action, const std::string& path, int error) {
  ErrorCode code = ErrorCode::io;
  if (error == ENOENT || error == ENOTDIR) code = ErrorCode::not_found;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) code = ErrorCode::no_space;
  return make_error(code, std::string("cannot ").append(action) + " " + path + ": " +
                              std::generic_category().message(error));
}

}  // namespace vedette::base
