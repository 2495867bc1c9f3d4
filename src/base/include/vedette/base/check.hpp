// CHECK(condition): aborts with file, line and condition. For our own bugs only, never for input.
#pragma once

namespace vedette::base {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::vedette::base::check_failed(#condition, __FILE__, __LINE__))
