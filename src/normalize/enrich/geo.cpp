// Places and networks of addresses, from MaxMind-format files. The only file that knows libmaxminddb.
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <unordered_map>

#include <fmt/format.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "enrich/addresses.hpp"
#include "enrich/extending.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {
namespace {

// ECS fields with an address and the places where geo.* (and as.*) of it go.
struct GeoTarget {
  const char* prefix;
  bool has_as;
};
constexpr GeoTarget kGeoTargets[] = {
    {"source", true}, {"destination", true}, {"client", true},       {"server", true},
    {"host", false},  {"observer", false},   {"host.target", false}, {"threat.indicator", true},
};

enum GeoField : std::uint8_t {
  kContinentCode,
  kContinentName,
  kCountryCode,
  kCountryName,
  kRegionCode,
  kRegionName,
  kCity,
  kPostalCode,
  kTimeZone,
  kLocation,
  kAsNumber,
  kAsName,
  kGeoFields
};
constexpr const char* kGeoNames[kGeoFields] = {
    "geo.continent_code", "geo.continent_name",  "geo.country_iso_code",
    "geo.country_name",   "geo.region_iso_code", "geo.region_name",
    "geo.city_name",      "geo.postal_code",     "geo.timezone",
    "geo.location",       "as.number",           "as.organization.name"};

using GeoValues = std::array<model::Value, kGeoFields>;
using MmdbPath = std::array<const char*, 5>;

struct GeoText {
  GeoField field;
  MmdbPath path;
};
constexpr GeoText kCityTexts[] = {
    {kContinentCode, {"continent", "code"}},
    {kContinentName, {"continent", "names", "en"}},
    {kCountryCode, {"country", "iso_code"}},
    {kCountryName, {"country", "names", "en"}},
    {kRegionName, {"subdivisions", "0", "names", "en"}},
    {kCity, {"city", "names", "en"}},
    {kPostalCode, {"postal", "code"}},
    {kTimeZone, {"location", "time_zone"}},
};
constexpr MmdbPath kRegionCodePath = {"subdivisions", "0", "iso_code"};
constexpr MmdbPath kLatitudePath = {"location", "latitude"};
constexpr MmdbPath kLongitudePath = {"location", "longitude"};
constexpr MmdbPath kAsNumberPath = {"autonomous_system_number"};
constexpr MmdbPath kAsNamePath = {"autonomous_system_organization"};
constexpr std::size_t kMaxGeoText = 1024;

class MmdbFile {
 public:
  MmdbFile() = default;
  MmdbFile(const MmdbFile&) = delete;
  MmdbFile& operator=(const MmdbFile&) = delete;
  ~MmdbFile() {
    if (open_) MMDB_close(&db_);
  }

  base::Status open(const std::string& file) {
    if (file.empty()) return base::ok_status();
    const int status = MMDB_open(file.c_str(), MMDB_MODE_MMAP, &db_);
    if (status != MMDB_SUCCESS) {
      const bool absent = status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR;
      return base::make_error(absent ? base::ErrorCode::io : base::ErrorCode::corrupt,
                              fmt::format("cannot use the MaxMind file {}: {}", file, MMDB_strerror(status)));
    }
    open_ = true;
    return check(file);
  }
  bool is_open() const { return open_; }

  // False if the file says nothing of the address.
  bool look_up(const base::IpAddress& address, MMDB_entry_s& entry) const {
    int error = MMDB_SUCCESS;
    const MMDB_lookup_result_s found = look_up(address, error);
    if (error != MMDB_SUCCESS || !found.found_entry) return false;
    entry = found.entry;
    return true;
  }

 private:
  // A file that is cut off or not of this kind shows it in the tree or in the first record.
  base::Status check(const std::string& file) const {
    for (const char* text : {"1.1.1.1", "8.8.8.8", "200.0.0.1", "2001:4860:4860::8888"}) {
      const base::IpAddress address = *base::IpAddress::parse(text);
      if (db_.metadata.ip_version == 4 && !address.is_v4()) continue;
      int error = MMDB_SUCCESS;
      MMDB_lookup_result_s found = look_up(address, error);
      if (error == MMDB_SUCCESS && found.found_entry) {
        MMDB_entry_data_s data;
        for (const MmdbPath& path : {kLatitudePath, kAsNumberPath}) {
          const int read = MMDB_aget_value(&found.entry, &data, path.data());
          if (read != MMDB_SUCCESS && read != MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR) error = read;
        }
      }
      if (error == MMDB_SUCCESS) continue;
      return base::make_error(base::ErrorCode::corrupt,
                              fmt::format("the MaxMind file {} is damaged: {}", file, MMDB_strerror(error)));
    }
    return base::ok_status();
  }

  MMDB_lookup_result_s look_up(const base::IpAddress& address, int& error) const {
    if (address.is_v4()) {
      sockaddr_in v4{};
      v4.sin_family = AF_INET;
      std::memcpy(&v4.sin_addr, address.bytes.data() + 12, 4);
      return MMDB_lookup_sockaddr(&db_, reinterpret_cast<const sockaddr*>(&v4), &error);
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
    return MMDB_lookup_sockaddr(&db_, reinterpret_cast<const sockaddr*>(&v6), &error);
  }

  MMDB_s db_{};
  bool open_ = false;
};

bool mmdb_value(MMDB_entry_s& entry, const MmdbPath& path, MMDB_entry_data_s& data) {
  return MMDB_aget_value(&entry, &data, path.data()) == MMDB_SUCCESS && data.has_data;
}

std::string_view mmdb_text(MMDB_entry_s& entry, const MmdbPath& path) {
  MMDB_entry_data_s data;
  if (!mmdb_value(entry, path, data) || data.type != MMDB_DATA_TYPE_UTF8_STRING) return {};
  return {data.utf8_string, std::min<std::size_t>(data.data_size, kMaxGeoText)};
}

bool mmdb_number(MMDB_entry_s& entry, const MmdbPath& path, double& out) {
  MMDB_entry_data_s data;
  if (!mmdb_value(entry, path, data)) return false;
  if (data.type == MMDB_DATA_TYPE_DOUBLE) {
    out = data.double_value;
  } else if (data.type == MMDB_DATA_TYPE_FLOAT) {
    out = double{data.float_value};
  } else if (data.type == MMDB_DATA_TYPE_UINT32) {
    out = data.uint32;
  } else if (data.type == MMDB_DATA_TYPE_UINT16) {
    out = data.uint16;
  } else {
    return false;
  }
  return std::isfinite(out);
}

void read_place(MMDB_entry_s& entry, base::Arena& arena, GeoValues& values) {
  for (const GeoText& text : kCityTexts) {
    const std::string_view found = mmdb_text(entry, text.path);
    if (!found.empty()) values[text.field] = model::Value::string(arena.copy(found));
  }
  const std::string_view region = mmdb_text(entry, kRegionCodePath);
  if (!region.empty()) {
    const model::Value& country = values[kCountryCode];
    const std::string code =
        country.is_string() ? fmt::format("{}-{}", country.as_string(), region) : std::string(region);
    values[kRegionCode] = model::Value::string(arena.copy(code));
  }
  double latitude = 0, longitude = 0;
  if (mmdb_number(entry, kLatitudePath, latitude) && mmdb_number(entry, kLongitudePath, longitude)) {
    values[kLocation] = model::Value::string(arena.copy(fmt::format("{},{}", latitude, longitude)));
  }
}

void read_network(MMDB_entry_s& entry, base::Arena& arena, GeoValues& values) {
  double number = 0;
  if (mmdb_number(entry, kAsNumberPath, number)) {
    values[kAsNumber] = model::Value::integer(static_cast<std::int64_t>(number));
  }
  const std::string_view name = mmdb_text(entry, kAsNamePath);
  if (!name.empty()) values[kAsName] = model::Value::string(arena.copy(name));
}

struct AddressHash {
  std::size_t operator()(const base::IpAddress& address) const {
    return base::hash64({reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size()});
  }
};
// What a batch's addresses were found to be; events of one batch repeat them.
using GeoCache = std::unordered_map<base::IpAddress, GeoValues, AddressHash>;

class GeoEnricher final : public Enricher, public Extending {
 public:
  GeoEnricher() {
    for (const GeoTarget& target : kGeoTargets) {
      Target& to = targets_.emplace_back();
      to.ip = model::intern(fmt::format("{}.ip", target.prefix));
      to.count = target.has_as ? std::size_t{kGeoFields} : std::size_t{kAsNumber};
      for (std::size_t i = 0; i < kGeoFields; ++i) {
        to.fields[i] = model::intern(fmt::format("{}.{}", target.prefix, kGeoNames[i]));
      }
    }
  }

  base::Status open(const GeoOptions& options) {
    TRY(city_.open(options.city_file));
    return asn_.open(options.asn_file);
  }

  std::shared_ptr<const model::EventBatch> enrich(
      std::shared_ptr<const model::EventBatch> batch) const override {
    return extended(*this, std::move(batch));
  }

  void extend(model::BatchExtender& extender) const override {
    if (!city_.is_open() && !asn_.is_open()) return;
    GeoCache cache;
    for (std::uint32_t row = 0; row < extender.batch().size(); ++row) {
      for (const Target& target : targets_) {
        const model::Value* value = extender.find(row, target.ip);
        const auto address = value ? first_public(*value) : std::nullopt;
        if (!address) continue;
        const GeoValues& values = values_of(*address, extender.arena(), cache);
        for (std::size_t i = 0; i < target.count; ++i) {
          if (!values[i].is_null()) extender.add(row, target.fields[i], values[i]);
        }
      }
    }
  }

 private:
  struct Target {
    model::FieldId ip{};
    std::array<model::FieldId, kGeoFields> fields{};
    std::size_t count = 0;
  };

  static std::optional<base::IpAddress> first_public(const model::Value& value) {
    for (const model::Value& element : value.elements()) {
      if (!element.is_string()) continue;
      const auto address = address_of(element.as_string());
      if (address && is_public(*address)) return address;
    }
    return std::nullopt;
  }

  const GeoValues& values_of(const base::IpAddress& address, base::Arena& arena, GeoCache& cache) const {
    const auto [at, is_new] = cache.try_emplace(address);
    if (!is_new) return at->second;
    MMDB_entry_s entry;
    if (city_.is_open() && city_.look_up(address, entry)) read_place(entry, arena, at->second);
    if (asn_.is_open() && asn_.look_up(address, entry)) read_network(entry, arena, at->second);
    return at->second;
  }

  std::vector<Target> targets_;
  MmdbFile city_, asn_;
};

}  // namespace

base::Result<std::unique_ptr<Enricher>> make_geo_enricher(const GeoOptions& options) {
  auto enricher = std::make_unique<GeoEnricher>();
  TRY(enricher->open(options));
  return std::unique_ptr<Enricher>(std::move(enricher));
}

}  // namespace vedette::normalize
