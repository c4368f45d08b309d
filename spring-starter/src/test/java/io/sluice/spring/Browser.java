package io.sluice.spring;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/** A real Chromium with an empty profile, driven by its ChromeDriver. */
final class Browser implements AutoCloseable {

    /** A name of this machine that is not localhost to the browser. */
    static final String HOST = "shop.test";

    private final Path profile;
    private final ChromeDriver driver;

    Browser() {
        try {
            profile = Files.createTempDirectory("sluice-chromium");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ChromeOptions options = new ChromeOptions();
        options.setBinary(program("sluice.chromium", "chromium", "chromium-browser", "google-chrome"));
        // Without a sandbox, because CI runs as root; without whatever would ask hosts outside.
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP " + HOST + " 127.0.0.1",
                "--user-data-dir=" + profile);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(program("sluice.chromedriver", "chromedriver"))
                .usingAnyFreePort()
                .build();
        driver = new ChromeDriver(service, options);
        driver.manage().timeouts().implicitlyWait(Duration.ofSeconds(5));
    }

    private static File program(String property, String... names) {
        String configured = System.getProperty(property);
        if (configured != null) {
            return new File(configured);
        }
        return Stream.of(names)
                .flatMap(name -> Stream.of(
                                System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .map(folder -> new File(folder, name)))
                .filter(File::canExecute)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("The browser tests need " + names[0]
                        + ", which is not on the PATH. Install Chromium and ChromeDriver (apt-get install chromium"
                        + " chromium-driver), or give the path: mvn -Pbrowser -D" + property + "=/path/to/"
                        + names[0]));
    }

    ChromeDriver driver() {
        return driver;
    }

    /** Opens an address in the tab that is in front. */
    void open(String address) {
        driver.get(address);
    }

    /** Returns an element of the page that Sluice fills in. */
    WebElement part(String name) {
        return driver.findElement(By.cssSelector("[data-sluice=\"" + name + "\"]"));
    }

    /** Returns what the page says it is doing; empty if it is another page. */
    String state() {
        String state = driver.findElement(By.tagName("html")).getDomAttribute("data-state");
        return state == null ? "" : state;
    }

    List<String> visibleNotes() {
        return driver.findElements(By.className("note")).stream()
                .filter(WebElement::isDisplayed)
                .map(WebElement::getText)
                .toList();
    }

    void scripts(boolean on) {
        driver.executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", !on));
    }

    void prefers(String colours) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
    }

    void reads(String acceptLanguage) {
        driver.executeCdpCommand("Network.enable", Map.of());
        driver.executeCdpCommand(
                "Network.setExtraHTTPHeaders", Map.of("headers", Map.of("Accept-Language", acceptLanguage)));
    }

    void online(boolean on) {
        driver.executeCdpCommand("Network.enable", Map.of());
        driver.executeCdpCommand(
                "Network.emulateNetworkConditions",
                Map.of("offline", !on, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
    }

    /** Runs a script in every page from now on, before the page's own. */
    void beforeEveryPage(String script) {
        driver.executeCdpCommand("Page.addScriptToEvaluateOnNewDocument", Map.of("source", script));
    }

    /** Returns what axe-core has to say against the page that is shown. */
    List<String> accessibilityViolations() {
        driver.executeScript(axe());
        Object violations = driver.executeAsyncScript("""
                var done = arguments[arguments.length - 1];
                axe.run(document, {resultTypes: ['violations']}).then(function (result) {
                  done(result.violations.map(function (violation) {
                    return violation.id + ': ' + violation.nodes.map(function (node) { return node.html; }).join(' ');
                  }));
                }, function (failure) { done([String(failure)]); });
                """);
        return ((List<?>) Objects.requireNonNull(violations))
                .stream().map(String::valueOf).toList();
    }

    private static String axe() {
        try (InputStream script = Browser.class.getResourceAsStream("/axe.min.js")) {
            return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keeps a picture of the page, if the property sluice.screenshots names a folder for them. */
    void picture(String name, int width, int height) {
        String folder = System.getProperty("sluice.screenshots");
        if (folder == null) {
            return;
        }
        driver.manage().window().setSize(new Dimension(width, height));
        try {
            Files.createDirectories(Path.of(folder));
            Files.write(Path.of(folder, name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        driver.quit();
        try (Stream<Path> files = Files.walk(profile)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
