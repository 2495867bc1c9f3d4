#include "live/enrichment.hpp"

#include <utility>

namespace vedette::node {

Enrichment::Enrichment(const base::ConfigSection& config, LiveIntake& intake, base::Metrics& metrics,
                       base::Logger& log, std::string folder)
    : config_(config), intake_(intake), metrics_(metrics), log_(log), folder_(std::move(folder)) {}

Enrichment::~Enrichment() = default;

base::Status Enrichment::add_tables(Chain& chain) const {
  for (const base::ConfigSection& table : config_.sections("tables")) {
    normalize::TableOptions options;
    options.name = table.text("name");
    options.file = table.text("file");
    options.key_column = table.text("key_column");
    options.match_fields = table.texts("match_fields");
    options.prefix = table.text("prefix");
    base::Diagnostics diagnostics;
    auto enricher = normalize::make_table_enricher(options, diagnostics);
    for (const base::Diagnostic& diagnostic : diagnostics) {
      log_.warning("a table has a fault", {{"message.detail", diagnostic.to_string()}});
    }
    if (!enricher) return enricher.error();
    chain.push_back(std::move(enricher).value());
  }
  return base::ok_status();
}

base::Result<Enrichment::Chain> Enrichment::load() const {
  Chain chain;
  const base::ConfigSection& geo = config_.section("geo");
  if (!geo.text("city_file").empty() || !geo.text("asn_file").empty()) {
    TRY_ASSIGN(auto enricher, normalize::make_geo_enricher({geo.text("city_file"), geo.text("asn_file")}));
    chain.push_back(std::move(enricher));
  }
  TRY(add_tables(chain));
  return chain;
}

base::Status Enrichment::start() {
  return reload();
}

base::Status Enrichment::reload() {
  TRY_ASSIGN(Chain chain, load());
  intake_.set_enricher(normalize::chain(std::move(chain)));
  return base::ok_status();
}

void Enrichment::stop() {}

}  // namespace vedette::node
