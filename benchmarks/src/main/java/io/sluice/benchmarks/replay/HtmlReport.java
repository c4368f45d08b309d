package io.sluice.benchmarks.replay;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The page: plots, table, model and conditions, in one file that needs neither network nor script. */
final class HtmlReport {

    private static final long SLICE_NANOS = Durations.seconds(2);
    private static final double LEAST_MILLIS = 1;
    private static final double MOST_MILLIS = 100_000;

    private static final String STYLE = """
            :root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6676; --paper: #ffffff; --card: #f4f6f9;
              --rule: #d9dfe7; --bad: #c62f3b; --good: #1b7f4d; --fast: #2f6fd0; --slow: #d9820f; --killed: #c62f3b;
              --unready: #a07bd0; --outage: #11808a; }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b6; --paper: #14181f;
              --card: #1d232d; --rule: #343d4a; --bad: #ff6b74; --good: #4fc98a; --fast: #6fa6ff; --slow: #ffb454;
              --killed: #ff6b74; --unready: #c4a3f5; --outage: #4fd0dc; } }
            body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
              max-width: 1200px; margin: 0 auto; padding: 24px; }
            h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 8px; }
            p { margin: 6px 0; max-width: 85ch; } .soft, figcaption, .tick { color: var(--soft); fill: var(--soft); }
            .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(265px, 1fr)); gap: 12px;
              margin: 18px 0; }
            .card { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 16px; }
            .card b { display: block; font-size: 28px; line-height: 1.25; } .card p { margin: 0; }
            .bad { color: var(--bad); } .good { color: var(--good); }
            .arm { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 20px; margin-bottom: 10px; }
            .arm h3 { grid-column: 1 / -1; font-size: 15px; margin: 8px 0 0; }
            @media (max-width: 800px) { .arm { grid-template-columns: 1fr; } }
            figure { margin: 0; } figcaption { font-size: 13px; } svg { width: 100%; height: auto; display: block; }
            .tick { font-size: 11px; } .grid { stroke: var(--rule); stroke-width: 1; }
            .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
            .errors { stroke: var(--bad); } .median { stroke: var(--fast); } .p99 { stroke: var(--slow); }
            .mark { stroke-width: 1.5; stroke-dasharray: 4 3; }
            .killed { stroke: var(--killed); } .unready { stroke: var(--unready); }
            .outage { stroke: var(--outage); }
            .key { display: inline-block; width: 18px; height: 0; border-top: 3px solid; vertical-align: middle;
              margin: 0 4px 0 12px; } .key.dashed { border-top-style: dashed; border-top-width: 2px; }
            .scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 14px; }
            th, td { padding: 3px 8px; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap;
              font-variant-numeric: tabular-nums; }
            th:first-child, td:first-child { text-align: left; white-space: pre; } thead th { vertical-align: bottom; white-space: normal; }
            .known { color: var(--soft); } .doc td { text-align: left; white-space: normal; }
            li { max-width: 95ch; } code { font-size: 13px; }
            """;

    private final ReplayReport report;
    private final StringBuilder page = new StringBuilder();

    private HtmlReport(ReplayReport report) {
        this.report = report;
    }

    static String text(ReplayReport report) {
        return new HtmlReport(report).write();
    }

    private String write() {
        add("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
        add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        add("<title>Sluice: the flash-sale replay</title><style>" + STYLE + "</style></head><body>");
        head();
        cards();
        plots();
        table();
        list("The shop is a model", report.model());
        list("Conditions", report.conditions());
        csvColumns();
        add("</body></html>");
        return page.toString();
    }

    private void head() {
        add("<h1>The flash sale, replayed</h1>");
        paragraph("A ticket sale fell over under 1,000 users: 62 % of all requests failed, and 72 % after a gateway was"
                + " added. Here the same journey of 18 requests is replayed against a model of that shop behind real"
                + " HTTP, first through plain gateways, then through gateways with Sluice.");
        add("<ul>");
        report.verdict().lines().forEach(line -> add("<li>" + Html.escape(line) + "</li>"));
        add("</ul>");
    }

    private void cards() {
        add("<div class=\"cards\">");
        for (ArmResult result : report.results()) {
            String mood = result.errors() == 0 ? "good" : "bad";
            add("<div class=\"card\"><p>" + Html.escape(result.plan().title()) + "</p><p class=\"soft\">"
                    + Html.escape(result.plan().subtitle()) + "</p><b class=\"" + mood + "\">"
                    + Row.percent(result.errorRate()) + " errors</b><p>" + Row.count(result.buyers()) + " of "
                    + Row.count(result.settings().users()) + " bought, " + Row.count(result.enteredFirst())
                    + " had entered<br>mean " + Row.millis(result.meanLatencyNanos()) + " ms, p99 "
                    + Row.millis(result.latencyNanos(0.99)) + " ms</p></div>");
        }
        add("</div>");
    }

    private void plots() {
        add("<h2>Over time</h2>");
        paragraph(
                "In slices of two seconds by the time of the answer; all arms on the same scales. Seconds are those of"
                        + " the uncompressed test and count from the beginning of the ramp.");
        add("<p>Left, error rate: <span class=\"key errors\" style=\"border-color: var(--bad)\"></span>failed requests"
                + key("unready", "a pod is taken out of the balancer")
                + key("killed", "a pod is killed")
                + (report.results().stream().anyMatch(result -> outage(result).isPresent())
                        ? key("outage", "Redis is killed, an empty one is there")
                        : "")
                + ". Right, latency on a logarithmic scale:"
                + "<span class=\"key\" style=\"border-color: var(--fast)\"></span>median"
                + "<span class=\"key\" style=\"border-color: var(--slow)\"></span>p99.</p>");
        double maxSeconds = report.results().stream()
                .flatMap(result -> result.samples().stream())
                .mapToDouble(sample -> Durations.toSeconds(sample.endNanos()))
                .max()
                .orElse(1);
        for (ArmResult result : report.results()) {
            List<TimeSeries.Slice> series = TimeSeries.of(result.samples(), SLICE_NANOS);
            String title = result.plan().title() + ", " + result.plan().subtitle();
            add("<div class=\"arm\"><h3>" + Html.escape(title) + "</h3>");
            add("<figure>" + errorPlot(result, series, maxSeconds, title) + "</figure>");
            add("<figure>" + latencyPlot(series, maxSeconds, title) + "</figure></div>");
        }
    }

    private static String key(String style, String meaning) {
        return "<span class=\"key dashed\" style=\"border-color: var(--" + style + ")\"></span>" + meaning;
    }

    private static String errorPlot(ArmResult result, List<TimeSeries.Slice> series, double maxSeconds, String title) {
        SvgPlot plot = new SvgPlot("Error rate over time, " + title, maxSeconds, rate -> rate);
        for (int percent = 0; percent <= 100; percent += 25) {
            plot.yTick(percent / 100.0, percent + " %");
        }
        for (PodEvent event : result.shop().events()) {
            double seconds = sinceRampStart(result, event.atNanos());
            boolean shown = event.kind() == PodEvent.Kind.KILLED || event.kind() == PodEvent.Kind.UNREADY;
            if (shown && seconds >= 0 && seconds <= maxSeconds) {
                String kind = event.kind().name().toLowerCase(Locale.ROOT);
                plot.mark(seconds, kind, event.pod() + " " + kind);
            }
        }
        outage(result).ifPresent(times -> {
            plot.mark(sinceRampStart(result, times.killedNanos()), "outage", "Redis killed");
            plot.mark(sinceRampStart(result, times.backNanos()), "outage", "an empty Redis is there");
        });
        return plot.line("errors", points(series, TimeSeries.Slice::errorRate)).end();
    }

    private static Optional<RedisFigures.Outage> outage(ArmResult result) {
        return result.redis().flatMap(RedisFigures::outage);
    }

    private static double sinceRampStart(ArmResult result, long atNanos) {
        return Durations.toSeconds(atNanos - result.rampStartNanos());
    }

    private static String latencyPlot(List<TimeSeries.Slice> series, double maxSeconds, String title) {
        double decades = Math.log10(MOST_MILLIS / LEAST_MILLIS);
        SvgPlot plot = new SvgPlot(
                "Latency over time, " + title,
                maxSeconds,
                millis -> Math.log10(Math.max(LEAST_MILLIS, millis) / LEAST_MILLIS) / decades);
        plot.yTick(1, "1 ms")
                .yTick(10, "10 ms")
                .yTick(100, "100 ms")
                .yTick(1_000, "1 s")
                .yTick(10_000, "10 s");
        return plot.line("p99", points(series, slice -> Durations.toMillis(slice.p99Nanos())))
                .line("median", points(series, slice -> Durations.toMillis(slice.medianNanos())))
                .end();
    }

    private interface Value {
        double of(TimeSeries.Slice slice);
    }

    private static List<SvgPlot.Point> points(List<TimeSeries.Slice> series, Value value) {
        return series.stream()
                .map(slice -> new SvgPlot.Point(
                        Durations.toSeconds(slice.fromNanos() + SLICE_NANOS / 2),
                        slice.answered() == 0 ? Double.NaN : value.of(slice)))
                .toList();
    }

    private void table() {
        add("<h2>In figures</h2><div class=\"scroll\"><table><thead><tr><th></th><th class=\"known\">report<br>2 pods"
                + "</th><th class=\"known\">report<br>3 pods</th><th class=\"known\">reproduction<br>2x0.4 core</th>");
        for (ArmResult result : report.results()) {
            add("<th>" + Html.escape(result.plan().title()) + "<br>"
                    + Html.escape(result.plan().subtitle()) + "</th>");
        }
        add("</tr></thead><tbody>");
        for (Row row : Row.values()) {
            add("<tr><td>" + Html.escape(row.label()) + "</td>");
            for (String known : List.of(row.report2(), row.report3(), row.reproduction())) {
                add("<td class=\"known\">" + Html.escape(known) + "</td>");
            }
            report.results().forEach(result -> add("<td>" + Html.escape(row.of(result)) + "</td>"));
            add("</tr>");
        }
        add("</tbody></table></div><ul class=\"soft\">");
        ReplayReport.NOTES.forEach(note -> add("<li>" + Html.escape(note) + "</li>"));
        add("</ul>");
        for (ArmResult result : report.results()) {
            result.hostile()
                    .ifPresent(hostile -> paragraph(result.plan().title() + ": " + ConsoleReport.describe(hostile)));
            result.redis()
                    .ifPresent(
                            redis -> paragraph(result.plan().title() + ": " + ConsoleReport.describe(result, redis)));
        }
        if (!report.seedLines().isEmpty()) {
            list("Unprotected, seed by seed", report.seedLines());
        }
    }

    private void csvColumns() {
        add("<h2>The same as numbers</h2><p>Beside this page lies <a href=\"replay.csv\">replay.csv</a>: one line for"
                + " each arm and second.</p><div class=\"scroll\"><table class=\"doc\"><tbody>");
        for (List<String> column : CsvReport.COLUMNS) {
            add("<tr><td><code>" + Html.escape(column.get(0)) + "</code></td><td>" + Html.escape(column.get(1))
                    + "</td></tr>");
        }
        add("</tbody></table></div>");
    }

    private void list(String title, List<String> lines) {
        add("<h2>" + Html.escape(title) + "</h2><ul>");
        lines.forEach(line -> add("<li>" + Html.escape(line) + "</li>"));
        add("</ul>");
    }

    private void paragraph(String text) {
        add("<p>" + Html.escape(text) + "</p>");
    }

    private void add(String html) {
        page.append(html).append('\n');
    }
}
