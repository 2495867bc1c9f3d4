// Enrichment: what the configuration says to add to events, made, swapped when its data change.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "live/intake.hpp"
#include "vedette/base/config.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/metrics.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::node {

// start, reload and stop from one thread.
class Enrichment {
 public:
  // `config`: the section `enrichment`; `folder`: where feeds are kept between starts.
  Enrichment(const base::ConfigSection& config, LiveIntake& intake, base::Metrics& metrics, base::Logger& log,
             std::string folder);
  ~Enrichment();

  // Errors name the file that cannot be used.
  base::Status start();
  // Files are read again; what cannot be read stays as it was.
  base::Status reload();
  void stop();

 private:
  using Chain = std::vector<std::shared_ptr<const normalize::Enricher>>;
  base::Result<Chain> load() const;
  base::Status add_tables(Chain& chain) const;

  const base::ConfigSection& config_;
  LiveIntake& intake_;
  base::Metrics& metrics_;
  base::Logger& log_;
  const std::string folder_;
};

}  // namespace vedette::node
