// The log of the service as the section `log` of the configuration wants it.
#pragma once

#include <memory>
#include <string>

#include "vedette/base/config.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/result.hpp"

namespace vedette::node {

// Thread safe.
class ServiceLog {
 public:
  // `section`: level, format (auto: text if the standard error is a terminal and no file is named), file.
  // Errors: the file cannot be opened.
  static base::Result<std::unique_ptr<ServiceLog>> open(const base::ConfigSection& section);
  ~ServiceLog();

  base::Logger& logger();
  // Opens the file anew, for one that was moved away (logrotate). On an error the old one stays in use.
  base::Status reopen();

 private:
  ServiceLog();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::node
