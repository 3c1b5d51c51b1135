package hello;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;
import java.io.IOException;

/** Greets the person that the query names. */
public class Hello implements HttpFunction {
  @Override
  public void service(HttpRequest request, HttpResponse response) throws IOException {
    response.getWriter().write("Hello, " + request.getFirstQueryParameter("name").orElse("world") + "!\n");
  }
}
