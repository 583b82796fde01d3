// A daemon over a bed that tries again at once what is blocked, and a person who does what it says.
#pragma once

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/tailrace_process.h"

namespace tailrace::testing {

// Follows from the log's beginning.
inline TailraceProcess run_following(const ReplicationBed& bed, const std::string& sink_options) {
  std::ofstream(bed.config_file())
      << R"({"state_dir": ")" << bed.state_dir().string()
      << R"(", "pipelines": [{"name": "bed", "source": {"url": ")" << bed.source_url()
      << R"(", "tables": ["shop.*"], "start": "earliest"}, "retry": {"blocked": "200ms"}, )"
      << R"("sinks": [{"name": "copy", "url": ")" << bed.target_url() << "\""
      << (sink_options.empty() ? "" : ", ") << sink_options << "}]}]}";
  return TailraceProcess({"run", "-c", bed.config_file().string()});
}

// Runs the statement of each message at the target, as it stands, until the sink has everything
// that the source has now. Answers the statements.
inline std::vector<std::string> obey_until_up_to_date(const ReplicationBed& bed) {
  constexpr std::string_view kHint = "; hint: ";
  const std::string position = bed.source_position();
  std::vector<std::string> run;
  const bool reached = eventually(
      [&] {
        if (bed.has_reached(position)) return true;
        const auto report = bed.report_of();
        if (!report || report->state != "blocked") return false;
        const std::size_t at = report->error.find(kHint);
        if (at == std::string::npos) return false;
        std::string statement = report->error.substr(at + kHint.size());
        // The status is a second old at most.
        if (!run.empty() && run.back() == statement) return false;
        bed.target_sql(statement);
        run.push_back(std::move(statement));
        return false;
      },
      std::chrono::seconds(40));
  if (!reached) {
    const auto report = bed.report_of();
    run.push_back("never up to date: " + (report ? report->state + " " + report->error : ""));
  }
  return run;
}

}  // namespace tailrace::testing
