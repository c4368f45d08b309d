package shop;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class Shop {

    @GetMapping("/search")
    String search() {
        return "found";
    }

    @GetMapping("/orders")
    String orders() {
        return "ordered";
    }
}
