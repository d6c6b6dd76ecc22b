module counter (input clk, input rst, input [3:0] step, output reg [7:0] value, output wrap);
  wire [8:0] next = value + step;
  assign wrap = next[8];
  always @(posedge clk)
    if (rst) value <= 8'd0;
    else value <= next[7:0];
endmodule

module top (input clk, input rst, input [3:0] a, input [3:0] b, output [7:0] product, output [7:0] count, output odd);
  wire wrap;
  assign product = a * b;
  counter c (.clk(clk), .rst(rst), .step(product[3:0]), .value(count), .wrap(wrap));
  assign odd = ^{product, count, wrap};
endmodule
