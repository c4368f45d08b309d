package io.sluice.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A self-signed certificate of 127.0.0.1 in files, made by the JDK's keytool.
 *
 * @param certificate as PEM
 * @param key as PEM
 * @param trustStore holds the certificate alone; its password is {@link #PASSWORD}
 */
record Certificate(Path certificate, Path key, Path trustStore) {

    static final String PASSWORD = "password";

    static Certificate selfSigned(Path directory) {
        try {
            KeyStore pair = generate(directory.resolve("pair.p12"));
            java.security.cert.Certificate trusted = pair.getCertificate("redis");
            Certificate files = new Certificate(
                    directory.resolve("certificate.pem"),
                    directory.resolve("key.pem"),
                    directory.resolve("trusted.p12"));
            writePem(files.certificate, "CERTIFICATE", trusted.getEncoded());
            writePem(
                    files.key,
                    "PRIVATE KEY",
                    pair.getKey("redis", PASSWORD.toCharArray()).getEncoded());
            KeyStore trust = KeyStore.getInstance("PKCS12");
            trust.load(null, null);
            trust.setCertificateEntry("redis", trusted);
            try (OutputStream out = Files.newOutputStream(files.trustStore)) {
                trust.store(out, PASSWORD.toCharArray());
            }
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore generate(Path file) throws IOException, GeneralSecurityException {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        String command = keytool + " -genkeypair -alias redis -keyalg EC -groupname secp256r1 -dname CN=127.0.0.1"
                + " -ext SAN=ip:127.0.0.1 -validity 2 -storetype PKCS12 -storepass " + PASSWORD + " -keystore " + file;
        Process process =
                new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        KeyStore pair = KeyStore.getInstance("PKCS12");
        if (!Files.exists(file)) {
            throw new IllegalStateException("keytool made no key: " + output);
        }
        try (InputStream in = Files.newInputStream(file)) {
            pair.load(in, PASSWORD.toCharArray());
        }
        return pair;
    }

    private static void writePem(Path file, String type, byte[] content) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(file, "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
    }
}
