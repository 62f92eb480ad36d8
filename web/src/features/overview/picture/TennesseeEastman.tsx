import { Caption, Instrument, Motor, Pipe, StreamNumber, UnitSign, Valve, Vessel } from './parts';
import classes from './picture.module.css';

/**
 * The flowsheet of Downs and Vogel, drawn so that no two streams cross: feeds on the left, the reactor, the stripper in the
 * middle, the separator on the right, gas returning along the top, product leaving at the bottom.
 */
export function TennesseeEastman() {
  return (
    <svg viewBox="4 -2 1348 762" preserveAspectRatio="xMidYMin meet" role="group" aria-label="Process picture of the plant">
      <defs>
        <marker id="flow" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse" orient="auto">
          <path d="M0 0 10 5 0 10z" className={classes['flow']} />
        </marker>
      </defs>
      <Streams />
      <Feeds />
      <Reactor />
      <Compressor />
      <Condenser />
      <Separator />
      <Stripper />
      <Product />
    </svg>
  );
}

function Streams() {
  return (
    <g>
      <Pipe d="M1015 250V76H700M578 76H304V448" />
      <Pipe d="M304 470H446" />
      <Pipe d="M515 330V240H778" />
      <Pipe d="M842 240H900V310H956" />
      <Pipe d="M1015 76H1336" />
      <Pipe d="M1015 440V486H844" />
      <Pipe d="M805 440V414H742V640H304V492" />
      <Pipe d="M304 440V500" arrow={false} />
      <StreamNumber n={5} x={560} y={640}>stripper overhead</StreamNumber>
      <StreamNumber n={6} x={346} y={470}>reactor feed</StreamNumber>
      <StreamNumber n={7} x={580} y={240}>reactor effluent</StreamNumber>
      <StreamNumber n={8} x={880} y={76}>recycle</StreamNumber>
      <StreamNumber n={9} x={1062} y={76}>purge</StreamNumber>
      <StreamNumber n={10} x={900} y={486}>separator liquid</StreamNumber>
    </g>
  );
}

const feeds = [
  { n: 1, name: 'A', flow: 'XMEAS_1', valve: 'XMV_3', y: 196 },
  { n: 2, name: 'D', flow: 'XMEAS_2', valve: 'XMV_1', y: 296 },
  { n: 3, name: 'E', flow: 'XMEAS_3', valve: 'XMV_2', y: 396 },
] as const;

function Feeds() {
  return (
    <g>
      <UnitSign unit="feed" x={20} y={126} />
      {feeds.map(({ n, name, flow, valve, y }) => (
        <g key={n}>
          <Pipe d={`M20 ${y}H300`} />
          <StreamNumber n={n} x={40} y={y}>{`${name} feed`}</StreamNumber>
          <Valve tag={valve} x={246} y={y} />
          <Instrument tag={flow} label={`${name} feed`} x={60} y={y + 12} />
        </g>
      ))}
      <Pipe d="M20 716H756V668H766" />
      <StreamNumber n={4} x={40} y={716}>A and C feed</StreamNumber>
      <Valve tag="XMV_4" x={246} y={716} />
      <Instrument tag="XMEAS_4" label="A and C feed" x={60} y={660} />
    </g>
  );
}

function Reactor() {
  return (
    <g>
      <Vessel unit="reactor" level="XMEAS_8" x={450} y={330} width={130} height={230}>
        <path d="M28 -6V170M6 178C6 162 28 162 28 170 28 178 50 178 50 162" className={classes['detail']} />
      </Vessel>
      <UnitSign unit="reactor" x={336} y={280} />
      <Instrument tag="XMEAS_6" label="Reactor feed" x={314} y={488} />
      <Instrument tag="XMEAS_7" label="Pressure" x={594} y={332} />
      <Instrument tag="XMEAS_9" label="Temperature" x={594} y={384} />
      <Instrument tag="XMEAS_8" label="Level" x={594} y={436} />
      <Instrument tag="XMEAS_21" label="Cooling water out" x={594} y={488} />
      <Pipe thin d="M722 558H576" />
      <Valve tag="XMV_10" x={604} y={558} />
      <Caption x={722} y={575} anchor="end">Cooling water</Caption>
      <Motor tag="XMV_12" x={478} y={318} />
    </g>
  );
}

function Compressor() {
  return (
    <g>
      <Pipe thin d="M716 76V30H562V66" />
      <Valve tag="XMV_5" x={638} y={30} text="above" />
      <path d="M610 54v44l58-12V66z" className={classes['valve']} transform="matrix(-1 0 0 1 1278 0)" />
      <path d="M700 76H668M610 76H578" className={classes['pipe']} />
      <UnitSign unit="compressor" x={718} y={122} />
      <Instrument tag="XMEAS_20" label="Compressor work" x={577} y={106} />
      <Instrument tag="XMEAS_5" label="Recycle flow" x={390} y={90} />
    </g>
  );
}

function Condenser() {
  return (
    <g>
      <Pipe thin d="M810 150V206" />
      <Caption x={826} y={162}>Cooling water</Caption>
      <Valve tag="XMV_11" x={810} y={184} text="right" />
      <circle cx="810" cy="240" r="32" className={classes['vessel']} />
      <circle cx="810" cy="240" r="32" className={classes['outline']} />
      <path d="M778 240h14l8-16 14 32 8-16h20" className={classes['detail']} />
      <UnitSign unit="condenser" x={604} y={278} />
      <Instrument tag="XMEAS_22" label="Cooling water out" x={764} y={284} />
    </g>
  );
}

function Separator() {
  return (
    <g>
      <Vessel unit="separator" level="XMEAS_12" x={960} y={250} width={110} height={190} />
      <UnitSign unit="separator" x={1086} y={228} />
      <Instrument tag="XMEAS_11" label="Temperature" x={1084} y={264} />
      <Instrument tag="XMEAS_13" label="Pressure" x={1084} y={316} />
      <Instrument tag="XMEAS_12" label="Level" x={1084} y={368} />
      <Valve tag="XMV_7" x={958} y={486} />
      <Instrument tag="XMEAS_14" label="Underflow" x={1030} y={448} />
      <Valve tag="XMV_6" x={1108} y={76} text="above" />
      <Instrument tag="XMEAS_10" label="Purge rate" x={1084} y={92} />
      <Instrument tag="XMEAS_30" label="B in purge" x={1214} y={92} />
      <Caption x={1336} y={64} anchor="end">Purge</Caption>
    </g>
  );
}

function Stripper() {
  return (
    <g>
      <Vessel unit="stripper" level="XMEAS_15" x={770} y={440} width={70} height={250}>
        <path d="M8 70H62M8 90H62M8 110H62M8 130H62" className={classes['detail']} />
      </Vessel>
      <UnitSign unit="stripper" x={820} y={416} />
      <Instrument tag="XMEAS_18" label="Temperature" x={854} y={524} />
      <Instrument tag="XMEAS_16" label="Pressure" x={854} y={576} />
      <Instrument tag="XMEAS_15" label="Level" x={984} y={524} />
      <Instrument tag="XMEAS_19" label="Steam flow" x={984} y={576} />
      <Pipe thin d="M1108 650H844" />
      <Valve tag="XMV_9" x={1030} y={650} />
      <Caption x={1108} y={643} anchor="end">Steam</Caption>
    </g>
  );
}

function Product() {
  return (
    <g>
      <Pipe d="M805 690V728H1336" />
      <StreamNumber n={11} x={880} y={728}>product</StreamNumber>
      <Valve tag="XMV_8" x={960} y={728} text="above" />
      <UnitSign unit="product" x={1216} y={520} />
      <Instrument tag="XMEAS_17" label="Product flow" x={1212} y={556} />
      <Instrument tag="XMEAS_40" label="G in product" x={1212} y={608} />
      <Instrument tag="XMEAS_41" label="H in product" x={1212} y={660} />
      <Caption x={1336} y={746} anchor="end">Product</Caption>
    </g>
  );
}
