// The live node: all roles in one process (docs/operations.md).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vedette/base/config.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/result.hpp"

namespace vedette::node {

struct ServeOptions {
  base::ConfigSection config;  // of serve_schema()
  std::string version;
  // What is being done, while it starts, recovers and stops: a short sentence.
  std::function<void(const std::string&)> progress;
};

// Owns every role and the order in which they start and end. start, reload, poll and stop from one thread.
class Server {
 public:
  // Errors name what could not be had: a data folder in use, an address, a rule file.
  static base::Result<std::unique_ptr<Server>> start(ServeOptions options, base::Logger& log);
  ~Server();  // as stop()

  // Rules, exceptions, suppressions, enrichment and certificates are read again. What cannot be read stays as
  // it was, and the error says so. No event is lost or waits for it.
  base::Status reload();
  // To be called about once a second: reads rules again whose files have changed.
  base::Status poll();
  // Listeners stop and answer what they have; then every role works off what is there and writes its
  // checkpoint. Roles that are not done by the deadline go on after the next start.
  base::Status stop(std::chrono::milliseconds deadline);

  // Names and values for people: where it listens, rules loaded, folders.
  std::vector<std::pair<std::string, std::string>> facts() const;

 private:
  Server();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::node
