package shop;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterAll;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class GatewayTest extends Checks {

    private static final HttpServer SHOP = shop();

    private static HttpServer shop() {
        try {
            HttpServer shop = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            shop.createContext("/", exchange -> {
                byte[] body = (exchange.getRequestURI().getPath().equals("/search") ? "found" : "ordered").getBytes();
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            shop.start();
            return shop;
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @DynamicPropertySource
    static void whereTheShopIs(DynamicPropertyRegistry properties) {
        properties.add("shop.uri", () -> "http://127.0.0.1:" + SHOP.getAddress().getPort());
    }

    @AfterAll
    static void closeTheShop() {
        SHOP.stop(0);
    }
}
