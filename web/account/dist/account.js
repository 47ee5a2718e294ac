var e,t,n,r,i,a,o,s,c,l,u,d=Symbol.for(`pv`),f={},p=[],m=/^m(i|n|o|s|text|space)$/,h=Array.isArray,g=p.slice,_=Object.assign;function v(e){e&&e.parentNode&&e.remove()}function y(n,r,i,a,o){var s={type:n,props:r,key:i,ref:a,__k:null,__:null,__b:0,__e:null,__c:null,constructor:d,__v:o||++t,__i:-1,__u:0};return!o&&e.vnode&&e.vnode(s),s}function b(e){return e.children}function x(e,t){this.props=e,this.context=t,this.__g=0}function S(e,t){if(t==null)return e.__&&S(e.__,e.__i+1);for(var n;t<e.__k.length;t++)if((n=e.__k[t])&&n.__e)return n.__e;return typeof e.type!=`function`||e.props.__P?null:S(e)}function C(t){var n,r=t.__v,i=r.__e,a=[],o=[],s=t.__P;s&&((n=_({constructor:d},r)).__v=r.__v+1,e.vnode&&e.vnode(n),N(s,n,r,t.__n,s.namespaceURI,32&r.__u?[i]:null,a,i||S(r),32&r.__u,o),n.__v=r.__v,n.__.__k[n.__i]=n,re(a,n,o),r.__=r.__e=null,n.__e!=i&&w(n))}function w(e){if((e=e.__)&&e.__c&&!e.props.__P)return e.__e=null,e.__k.some(function(t){return t&&(e.__e=t.__e)}),w(e)}function T(t){(8&t.__g||(t.__g|=8,n.push(t),i++))&&r==e.debounceRendering||((r=e.debounceRendering)||queueMicrotask)(E)}function E(){try{for(var e,t=1;n.length;)n.length>t&&n.sort(a),e=n.shift(),t=n.length,8&e.__g&&C(e)}finally{(i=n.length)&&(r||queueMicrotask)(E)}}function ee(e,t,n,r,i,a,o,s,c,l,u){var d,m,h,g,_,v,y=r.__k||p,b=t.length;for(c=D(n,t,y,c,b),d=0;d<b;d++)(h=n.__k[d])!=null&&(m=~h.__i&&y[h.__i]||f,h.__i=d,v=N(e,h,m,i,a,o,s,c,l,u),g=h.__e,(m.ref!=h.ref||8&m.__u)&&(m.ref&&P(m.ref,null,h,m),h.ref&&u.push(h.ref,h.__c||g,h)),_||=g,4&h.__u?(c=O(h,c,e,!m.__v),m.__e&&(m.__e=null)):typeof h.type==`function`&&v!==void 0?c=v:g&&(c=g.nextSibling),h.__u&=-21);return n.__e=_,c}function D(e,t,n,r,i){var a,o,s,c,l,u,f,p,m,g=n.length,_=g,v=0,x=0,C=e.__k=Array(i);for(a=0;a<i;a++)(o=t[a])!=null&&typeof o!=`boolean`&&typeof o!=`function`?(typeof o!=`object`||o.constructor===String?o=C[a]=y(null,o):h(o)?o=C[a]=y(b,{children:o}):o.constructor===d&&o.__b?o=C[a]=y(o.type,o.props,o.key,o.ref,o.__v):C[a]=o,c=a+v,o.__=e,o.__b=e.__b+1,s=null,~(l=o.__i=k(o,n,c,_))&&(_--,(s=n[l])&&(s.__u|=2)),s&&s.__v?(o.__u|=16,l==c-1?v--:l==c+1?v++:l!=c&&(l>c?v--:v++,x=1)):(~l||(i>g?v--:i<g&&v++),typeof o.type!=`function`&&(o.__u|=4))):C[a]=null;if(x){for(u=[],f=[],a=0;a<i;a++)if((o=C[a])&&16&o.__u){for(v=0,p=u.length;v<p;)u[m=v+p>>1]<o.__i?v=m+1:p=m;u[v]=o.__i,f[a]=v+1}for(v=u.length;a--;)f[a]&&(f[a]==v?v--:C[a].__u|=4)}if(_)for(a=0;a<g;a++)!(s=n[a])||2&s.__u||(s.__e==r&&(r=S(s)),ae(s,s));return r}function O(e,t,n,r){var i,a,o,s;if(typeof e.type==`function`){if(e.props.__P)return t;if(i=e.__k)for(a=0;a<i.length;a++)i[a]&&(i[a].__=e,t=O(i[a],t,n,!1));return t}for(t&&!t.parentNode&&(t=S(e))&&!t.parentNode&&(t=null),o=e.__e,s=t;s&&s.nodeType==8;)s=s.nextSibling;for(o!=s&&(!r&&n.moveBefore&&o.parentNode?n.moveBefore(o,t):n.insertBefore(o,t||null)),t=o;(t&&=t.nextSibling)&&t.nodeType==8&&!t.data.startsWith(`$s`););return t}function k(e,t,n,r){var i,a=e.key,o=e.type,s=t[n],c=s&&!(2&s.__u);if(s===null&&a==null||c&&a==s.key&&o==s.type)return n;if(r>+!!c){for(i=n-1;i>=0;i--)if((s=t[i])&&!(2&s.__u)&&a==s.key&&o==s.type)return i;for(i=n+1;i<t.length;i++)if((s=t[i])&&!(2&s.__u)&&a==s.key&&o==s.type)return i}return-1}function A(e,t,n){n??=``,t[0]==`-`?e.setProperty(t,n):e[t]=n}function j(e,t,n,r,i){var a,o;if(t==`style`){if(typeof n==`string`)e.style.cssText=n;else{if(typeof r==`string`&&(e.style.cssText=r=``),r)for(t in r)n&&t in n||A(e.style,t);if(n)for(t in n)r&&n[t]==r[t]||A(e.style,t,n[t])}}else if(t[0]==`o`&&t[1]==`n`)typeof n!=`function`&&(n=null),typeof r!=`function`&&(r=null),(e.__e||={})[t]=n,n&&r||(o=l[t]||(l[t]=M(t)),(e.__a||={})[t]=c,a=t!=(t=t.replace(s,`$1`)),(t=t.slice(2))[0]<`a`&&(t=t.toLowerCase()),n?e.addEventListener(t,o,a):e.removeEventListener(t,o,a));else{if(i==`http://www.w3.org/2000/svg`)t=t.replace(/xlink(H|:h)/,`h`).replace(/sName$/,`s`);else if(t!=`width`&&t!=`height`&&t!=`href`&&t!=`list`&&t!=`form`&&t!=`tabIndex`&&t!=`download`&&t!=`rowSpan`&&t!=`colSpan`&&t!=`role`&&t!=`popover`&&t in e)try{e[t]=n??``;return}catch{}if(typeof n==`function`)return;n==null||!1===n&&t[4]!=`-`?e.removeAttribute(t):e.setAttribute(t,t==`popover`&&n==1?``:n)}}function M(t){return function(n){var r=this.__e;if(r){if(r=r[t],n[o]==null)n[o]=c++;else if(n[o]<this.__a[t])return;return r(e.event?e.event(n):n)}}}function N(t,n,r,i,a,o,s,c,l,u){var f,m,g,y,C,w,T,E,D,O,k,A,j,M,N,re,P,F,I=n.type;if(n.constructor!==d)return null;128&r.__u&&(l=32&r.__u,f=r.__c.__z)&&(n.__u|=l,m=o=[],f.nodeType==8?c=te(f,o):o.push(f),c=o[0]||c),(f=e.__b)&&f(n);n:if(typeof I==`function`){g=s.length;try{if(E=n.props,D=(f=I.prototype)&&f.render,O=(f=I.contextType)&&i[f.__c],k=f?O?O.props.value:f.__:i,(y=r.__c)?(n.__c=y,2&y.__g&&(y.__g|=1)):(D?n.__c=y=new I(E,k):(n.__c=y=new x(E,k),y.constructor=I,y.render=oe),O&&O.sub(y),y.state||(y.state={}),y.__n=i,y.__g|=8,y.__h=[],y.__k=[]),D&&(y.__s||(y.__s=y.state),I.getDerivedStateFromProps&&(y.__s==y.state&&(y.__s=_({},y.__s)),_(y.__s,I.getDerivedStateFromProps(E,y.__s)))),C=y.props,w=y.state,y.__v=n,r.__c){if(E!==C&&D&&!I.getDerivedStateFromProps&&y.componentWillReceiveProps&&y.componentWillReceiveProps(E,k),n.__v==r.__v&&!(8&y.__g)||!(4&y.__g)&&y.shouldComponentUpdate&&!1===y.shouldComponentUpdate(E,y.__s,k)){n.__v!=r.__v&&(y.props=E,y.state=y.__s,y.__g&=-9),n.__e=r.__e,n.__k=r.__k,n.__k.some(function(e){e&&(e.__=n)}),p.push.apply(y.__h,y.__k),y.__k=[],y.__h.length&&s.push(y),c=S(r);break n}y.componentWillUpdate&&y.componentWillUpdate(E,y.__s,k),D&&y.componentDidUpdate&&y.__h.push(function(){y.componentDidUpdate(C,w,T)})}else D&&!I.getDerivedStateFromProps&&y.componentWillMount&&y.componentWillMount(),D&&y.componentDidMount&&y.__h.push(y.componentDidMount);y.context=k,y.props=E,y.__P=t,y.__g&=-5,A=e.__r,j=D?25:0;do y.__g&=-9,A&&A(n),f=y.render(y.props,y.state=y.__s,y.context);while(8&y.__g&&++j<25);D&&(p.push.apply(y.__h,y.__k),y.__k=[]),y.state=y.__s,y.getChildContext&&(i=_({},i,y.getChildContext())),D&&r.__c&&y.getSnapshotBeforeUpdate&&(T=y.getSnapshotBeforeUpdate(C,w)),M=f&&f.type===b&&f.key==null?f.props.children:f,E.__P&&(f=c,a=(t=E.__P).namespaceURI,l=o=null,r.props&&r.props.__P!=t&&(r.__k.some(function(e){e&&ae(e,e)}),r.__k=null),c=r.__k?S(r,0):null),c=ee(t,h(M)?M:[M],n,r,i,a,o,s,c,l,u),E.__P&&(n.__e=null,c=f),n.__u&=-161,m&&m.some(v),y.__h.length&&s.push(y),1&y.__g&&(y.__g&=-4)}catch(t){if(s.length=g,n.__v=null,l||o){if(t&&t.then){if(n.__u|=128|l,o){for(~(P=o.indexOf(c||void 0))||(P=o.length);(F=o[P-1])&&F.nodeType==8;)P--;for(;P<o.length;P++)if(F=o[P]){if(o[P]=null,N){if(F==re)break}else{if(F.nodeType!=8)break;F.data.startsWith(`$s`)&&(re=te(N=F))}}}if(!N){for(;c&&c.nodeType==8&&c.nextSibling;)c=c.nextSibling;N=c}(f=te(N=n.__c.__z||(n.__c.__z=N)))?(n.__e=N,c=f):n.__e=c,c&&=c.nextSibling}else o&&o.some(v)}else n.__e=r.__e;n.__k||=r.__k||[],t&&t.then||ne(n),e.__e(t,n,r)}}else c=n.__e=ie(r.__e,n,r,i,a,o,s,l,u,t);return(f=e.diffed)&&f(n),c}function te(e,t){if(e&&e.nodeType==8&&e.data.startsWith(`$s`))for(var n=1;e=e.nextSibling;){if(e.nodeType==8){if(e.data.startsWith(`$s`))n++;else if(e.data.startsWith(`/$s`)&&!--n)return e}t&&t.push(e)}}function ne(e){e&&(e.__c&&(e.__c.__g|=4),e.__k&&e.__k.some(ne))}function re(t,n,r){for(var i=0;i<r.length;)P(r[i++],r[i++],r[i++]);e.__c&&e.__c(n,t),t.some(function(n){try{t=n.__h,n.__h=[],t.some(function(e){e.call(n)})}catch(t){e.__e(t,n.__v)}})}function ie(t,n,r,i,a,o,s,c,l,u){var d,p,_,y,b,x,C,w,T=r.props||f,E=n.props,D=n.type;if(D==`svg`?a=`http://www.w3.org/2000/svg`:D==`math`?a=`http://www.w3.org/1998/Math/MathML`:a||=`http://www.w3.org/1999/xhtml`,o){for(d=0;d<o.length;d++)if((b=o[d])&&(D?b.localName==D:b.nodeType==3)){t=b,o[d]=null;break}}if(!t){if(w=u.ownerDocument||document,!D)return w.createTextNode(E);t=w.createElementNS(a,D,E.is?E:u),c&&=(e.__m&&e.__m(n,o),!1),o=null}if(D){if(u=D==`template`&&t.content||t,o=D==`textarea`&&E.defaultValue!=null?null:o&&g.call(u.childNodes),!c&&o)for(T={},d=0;d<t.attributes.length;d++)T[(b=t.attributes[d]).name]=b.value;for(d in T)b=T[d],d==`dangerouslySetInnerHTML`?_=b:d==`children`||d in E||d==`value`&&`defaultValue`in E||d==`checked`&&`defaultChecked`in E||j(t,d,null,b,a);for(d in E)b=E[d],d==`children`?y=b:d==`dangerouslySetInnerHTML`?p=b:d==`value`?x=b:d==`checked`?C=b:c&&typeof b!=`function`||T[d]===b||j(t,d,b,T[d],a);p?(c||_&&(p.__html==_.__html||p.__html==t.innerHTML)||(t.innerHTML=p.__html),n.__k=[]):(_&&(t.textContent=``),(D==`foreignObject`||a==`http://www.w3.org/1998/Math/MathML`&&m.test(D))&&(a=`http://www.w3.org/1999/xhtml`),ee(u,h(y)?y:[y],n,r,i,a,o,s,o?o[0]:r.__k&&S(r,0),c,l),o&&o.some(v)),c&&D!=`textarea`||(d=`value`,D==`progress`&&x==null?t.removeAttribute(d):x==null||x===t[d]&&(D!=`progress`||x)||j(t,d,x,T[d],a),d=`checked`,C!=null&&C!=t[d]&&j(t,d,C,T[d],a))}else T===E||c&&t.data==E||(t.data=E);return t}function P(t,n,r,i){try{typeof t==`function`?n?n.__x=t(n)||1:(i&&=i.__c||i.__e)&&(n=i.__x)&&(i.__x=null,typeof n==`function`?n():t(null)):t.current=n}catch(t){e.__e(t,r)}}function ae(t,n,r){var i,a,o,s;if(e.unmount&&e.unmount(t),!(i=t.ref)||i.current&&i.current!=t.__e||P(i,null,n,t),i=t.__c){if(i.componentWillUnmount)try{i.componentWillUnmount()}catch(t){e.__e(t,n)}i.__P=i.__n=null}if(i=t.__k)for(s=0;s<i.length;s++)i[s]&&ae(i[s],n,typeof t.type!=`function`||r&&!t.props.__P);!r&&(i=t.__c)&&(i=i.__z)&&(a=te(i,o=[]))&&(i==t.__e&&o.some(v),v(a),v(i)),r||v(t.__e),t.__e=t.__c=t.__=null}function oe(e,t,n){return this.constructor(e,n)}function F(t,n){var r,i,a,o;e.__&&e.__(t,n),n.nodeType==9&&(n=n.documentElement),i=(r=t&&32&t.__u)?null:n.__k,n.__k=y(b,{children:[t]}),a=[],o=[],N(n,n.__k,i||f,f,n.namespaceURI,i?null:n.firstChild?g.call(n.childNodes):null,a,i?i.__e:n.firstChild,r,o),re(a,n.__k,o),n.__k.props.children=null}function I(e){function t(e){var n,r;return this.getChildContext||(n=new Set,(r={})[t.__c]=this,this.getChildContext=function(){return r},this.shouldComponentUpdate=function(e){this.props.value!=e.value&&n.forEach(function(e){e.__g|=4,T(e)})},this.sub=function(e){n.add(e);var t=e.componentWillUnmount;e.componentWillUnmount=function(){n.delete(e),t&&t.call(e)}}),e.children}return t.__c=`__cC`+u++,t.__=e,t.Provider=(t.Consumer=function(e,t){return e.children(t)}).contextType=t,t}e={__e:function(e,t,n,r){for(var a,o,s;t=t.__;)if((a=t.__c)&&!(1&a.__g)){a.__g|=4;try{if((s=(o=a.constructor)&&o.getDerivedStateFromError)&&a.setState(o.getDerivedStateFromError(e)),a.componentDidCatch&&(a.componentDidCatch(e,r||{}),s=1),s&&8&a.__g)return void(a.__g|=2)}catch(t){e=t}}throw i=0,e}},t=0,x.prototype.setState=function(e,t){var n=this.__s;n&&n!=this.state||(n=this.__s=_({},this.state)),typeof e==`function`&&(e=e(_({},n),this.props)),e&&(_(n,e),this.__v&&(t&&this.__k.push(t),T(this)))},x.prototype.forceUpdate=function(e){this.__v&&(this.__g|=4,e&&this.__h.push(e),T(this))},x.prototype.render=b,n=[],i=0,a=function(e,t){return e.__v.__b-t.__v.__b},o=Symbol(),s=/(PointerCapture)$|Capture$/i,c=0,l={},u=0;var L,R,se,ce,le=Object.is,ue=0,de=[],fe=[],z=e,pe=z.__b,me=z.__r,he=z.diffed,ge=z.__c,_e=z.unmount,ve=z.__;function ye(e,t){z.__h&&z.__h(R,e,ue||t),ue=0;var n=R.__H||(R.__H={__:[],__h:[]});return e>=n.__.length&&n.__.push({}),n.__[e]}function B(e){return ue=1,be(je,e)}function be(e,t,n){var r=ye(L++,2);if(r.t=e,!r.__c&&(r.__=[n?n(t):je(void 0,t),function(e){var t=(r.__N||r.__)[0],n=r.t(t,e);le(t,n)||(r.__N=[n,r.__[1]],r.__c.setState({}))}],r.__c=R,!R.__f)){R.__f=!0;var i=R.shouldComponentUpdate;R.shouldComponentUpdate=function(e,t,n){var r=this.__H;if(!r)return!0;var a=!1,o=this.props!=e;if(r.__.some(function(e){e.__N&&(a=!0,le(e.__[0],e.__N[0])||(o=!0))}),i){var s=i.call(this,e,t,n);return a?s||o:s}return!a||o}}return r.__}function V(e,t){var n=ye(L++,3);!z.__s&&Ae(n.__H,t)&&(n.__P=!0,n.__=e,n.u=t,R.__H.__h.push(n))}function xe(e){return ue=5,Se(function(){return{current:e}},[])}function Se(e,t){var n=ye(L++,7);return Ae(n.__H,t)&&(n.__=e(),n.__H=t),n.__}function Ce(e){var t=R.context[e.__c],n=ye(L++,9);return n.c=e,t?(n.__??(n.__=!0,t.sub(R)),t.props.value):e.__}function we(){var e=ye(L++,11);if(!e.__){for(var t=R.__v;!t.__m&&t.__;)t=t.__;var n=t.__m||(t.__m=[0,0]);e.__=`P`+n[0]+`-`+n[1]++}return e.__}function Te(){var e;do{for(;e=fe.shift();)try{H(e)}catch(t){z.__e(t,{__:(e=e.__P)&&e.__v})}for(;e=de.shift();){var t=e.__H;if(e.__P&&t)try{t.__h.some(H),t.__h.some(ke),t.__h=[]}catch(n){t.__h=[],z.__e(n,e.__v)}}}while(fe.length)}z.__b=function(e){R=null,pe&&pe(e)},z.__=function(e,t){e&&t.__k&&t.__k.__m&&(e.__m=t.__k.__m),ve&&ve(e,t)},z.__r=function(e){me&&me(e),L=0;var t=(R=e.__c).__H;t&&(se==R?R.__h=[]:(t.__h.some(H),t.__h.some(ke),L=0),t.__h=[],t.__.some(function(e){e.__N&&(e.__=e.__N),e.u=e.__N=void 0})),se=R},z.diffed=function(e){he&&he(e);var t=e.__c;t&&t.__H&&(t.__H.__h.length&&Oe(de.push(t)),t.__H.__.some(function(e){e.u&&(e.__H=e.u)})),se=R=null},z.__c=function(e,t){t.some(function(e){try{e.__h.some(H),e.__h=e.__h.filter(function(e){return!e.__||ke(e)})}catch(t){e.__h=[function(){throw t}]}}),ge&&ge(e,t)},z.unmount=function(e){_e&&_e(e);var t,n,r=e.__c;r&&r.__H&&(r.__H.__.some(function(r){try{if(r.__P&&r.__c){if(n===void 0){for(n=e.__;n&&(!n.__c||!n.__c.__P);)n=n.__;n&&=n.__c}r.__P=n,Oe(fe.push(r))}else H(r)}catch(e){t=e}}),r.__H=void 0,t&&z.__e(t,r.__v))};var Ee=typeof requestAnimationFrame==`function`;function De(e){var t,n=function(){clearTimeout(r),Ee&&cancelAnimationFrame(t),setTimeout(e)},r=setTimeout(n,35);Ee&&(t=requestAnimationFrame(n))}function Oe(e){e!=1&&ce==z.requestAnimationFrame||((ce=z.requestAnimationFrame)||De)(Te)}function H(e){var t=R,n=e.__c;typeof n==`function`&&(e.__c=void 0,n()),R=t}function ke(e){var t=R;e.__c=e.__(),R=t}function Ae(e,t){return!e||e.length!=t.length||t.some(function(t,n){return!le(t,e[n])})}function je(e,t){return typeof t==`function`?t(e):t}var Me=3e4,Ne=location.pathname.replace(/\/account\/?$/,``);async function U(e,t,{token:n,cookie:r=!1}={}){let i={"content-type":`application/json`,accept:`application/graphql-response+json, application/json;q=0.9`};n&&(i.authorization=`Bearer ${n}`),r&&(i[`x-auth-mode`]=`cookie`);try{return Pe(await(await fetch(`${Ne}/graphql`,{method:`POST`,headers:i,body:JSON.stringify({query:e.toString(),variables:t}),credentials:r?`same-origin`:`omit`,cache:`no-store`,redirect:`error`,signal:AbortSignal.timeout(Me)})).json())}catch{return{problem:{code:`UNREACHABLE`,message:``,reason:void 0,field:void 0,retryAfter:void 0,requestId:void 0}}}}function Pe({data:e,errors:t}){let n=t?.[0];if(!n){if(!e)throw Error(`neither data nor errors`);return{data:e}}let{code:r,reason:i,field:a,retryAfter:o,requestId:s}=n.extensions;return{problem:{code:r,message:n.message,reason:i,field:a?.split(`.`).at(-1),retryAfter:o,requestId:s}}}var W=class extends String{__apiType;value;__meta__;constructor(e,t){super(e),this.value=e,this.__meta__=t}toString(){return this.value}};new W(`
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}
    `,{fragmentName:`Person`}),new W(`
    fragment Tokens on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  user {
    ...Person
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}`,{fragmentName:`Tokens`});var Fe=new W(`
    query LoginMethods {
  loginMethods {
    password
    email
    passwordReset
    registration
    minPasswordLength
  }
}
    `),Ie=new W(`
    mutation Register($input: RegisterInput!) {
  tokens: register(input: $input) {
    ...Tokens
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}
fragment Tokens on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  user {
    ...Person
  }
}`),Le=new W(`
    mutation LogIn($input: LoginInput!) {
  tokens: login(input: $input) {
    ...Tokens
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}
fragment Tokens on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  user {
    ...Person
  }
}`),Re=new W(`
    mutation Refresh($refreshToken: String) {
  tokens: refresh(refreshToken: $refreshToken) {
    ...Tokens
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}
fragment Tokens on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  user {
    ...Person
  }
}`),ze=new W(`
    mutation LogOut($refreshToken: String) {
  logout(refreshToken: $refreshToken)
}
    `),Be=new W(`
    mutation RequestLogin($email: String!, $locale: String) {
  requestLogin(email: $email, locale: $locale) {
    request
    expiresAt
  }
}
    `),Ve=new W(`
    mutation LogInByEmail($input: LoginByEmailInput!) {
  tokens: loginByEmail(input: $input) {
    ...Tokens
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}
fragment Tokens on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  user {
    ...Person
  }
}`),He=new W(`
    mutation RequestRegistration($email: String!, $locale: String) {
  requestRegistration(email: $email, locale: $locale)
}
    `),Ue=new W(`
    mutation FinishRegistration($input: FinishRegistrationInput!) {
  tokens: finishRegistration(input: $input) {
    ...Tokens
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}
fragment Tokens on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  user {
    ...Person
  }
}`),We=new W(`
    mutation AcceptInvitation($input: AcceptInvitationInput!) {
  tokens: acceptInvitation(input: $input) {
    ...Tokens
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}
fragment Tokens on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  user {
    ...Person
  }
}`),Ge=new W(`
    mutation RequestPasswordReset($email: String!, $locale: String) {
  requestPasswordReset(email: $email, locale: $locale)
}
    `),Ke=new W(`
    mutation ResetPassword($input: ResetPasswordInput!) {
  resetPassword(input: $input)
}
    `),qe=new W(`
    mutation ChangePassword($input: ChangePasswordInput!) {
  tokens: changePassword(input: $input) {
    ...Tokens
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}
fragment Tokens on AuthPayload {
  accessToken
  expiresIn
  refreshToken
  user {
    ...Person
  }
}`),Je=new W(`
    mutation RequestEmailVerification($locale: String) {
  requestEmailVerification(locale: $locale)
}
    `),Ye=new W(`
    mutation VerifyEmail($input: VerifyEmailInput!) {
  verifyEmail(input: $input) {
    id
  }
}
    `),Xe=new W(`
    mutation UndoEmailChange($proof: String!) {
  undoEmailChange(proof: $proof)
}
    `),Ze=new W(`
    mutation ChangeEmail($input: ChangeEmailInput!) {
  changeEmail(input: $input) {
    ...Person
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}`),Qe=new W(`
    mutation ChangeName($id: ID!, $name: String) {
  updateUser(id: $id, input: {name: $name}) {
    ...Person
  }
}
    fragment Person on User {
  id
  email
  name
  emailVerified
  hasPassword
  pendingEmail
}`),$e=new W(`
    query Sessions {
  me {
    sessions(first: 100) {
      id
      device
      ip
      lastUsedAt
      createdAt
      current
    }
  }
}
    `),et=new W(`
    mutation EndSession($id: ID!) {
  revokeSession(id: $id)
}
    `),tt=new W(`
    mutation EndOtherSessions {
  revokeOtherSessions
}
    `),nt=(e=1)=>e>90?{count:Math.ceil(e/60),minutes:!0}:{count:Math.max(1,Math.ceil(e)),minutes:!1},rt=e=>{let{count:t,minutes:n}=nt(e);return t===1?n?`in einer Minute`:`in einer Sekunde`:`in ${t} ${n?`Minuten`:`Sekunden`}`},it=({requestId:e})=>`Etwas ist schiefgegangen. Versuchen Sie es noch einmal.${e?` Wenn es so bleibt, nennen Sie dem Support diese Nummer: ${e}`:``}`,G=()=>`Diese Seite ist älter als der Dienst. Laden Sie sie neu, und versuchen Sie es noch einmal.`,at={email_unverified:`Öffnen Sie den Link, den wir an Ihre E-Mail-Adresse geschickt haben, und melden Sie sich dann an.`,not_offered:`Dieser Dienst bietet das nicht an. Wählen Sie einen anderen Weg.`,registration_closed:`Hier kann man kein Konto anlegen. Bitten Sie die Administratoren des Dienstes um eine Einladung.`,rank:`Dieses Konto darf mehr als Ihres. Wenden Sie sich an einen Administrator.`},ot=`Wählen Sie ein anderes Passwort: lang genug, keines, das viele verwenden, und weder Ihr Name noch Ihre E-Mail-Adresse.`,st={email:`Das ist keine E-Mail-Adresse. Geben Sie sie so ein: name@example.com.`,name:`Ein Name hat höchstens 200 Zeichen und keine Zeilenumbrüche oder unsichtbaren Zeichen.`,password:ot,newPassword:ot,currentPassword:`Geben Sie Ihr aktuelles Passwort ein.`},ct={language:`de`,codes:{UNREACHABLE:()=>`Der Dienst ist nicht erreichbar. Prüfen Sie Ihre Verbindung, und versuchen Sie es noch einmal.`,UNAUTHENTICATED:()=>`Sie sind nicht mehr angemeldet. Melden Sie sich an, und versuchen Sie es noch einmal.`,FORBIDDEN:({reason:e=``})=>at[e]??`Ihr Konto darf das nicht. Wenden Sie sich an einen Administrator.`,INVALID_CREDENTIALS:()=>`Die E-Mail-Adresse oder das Passwort ist falsch. Prüfen Sie beides, oder wählen Sie ein neues Passwort.`,PROOF_INVALID:()=>`Dieser Link oder Code wurde schon benutzt, ist zu alt oder gehört nicht hierher. Lassen Sie sich einen neuen schicken.`,REFRESH_TOKEN_INVALID:()=>`Ihre Sitzung ist beendet. Melden Sie sich wieder an.`,REFRESH_TOKEN_REUSED:()=>`Ihre Sitzung wurde beendet, weil ihr Token zweimal benutzt wurde. Melden Sie sich wieder an.`,BAD_USER_INPUT:({field:e=``,message:t})=>st[e]??`Der Dienst nimmt diese Eingabe nicht an: ${t}`,NOT_FOUND:()=>`Das gibt es nicht mehr. Laden Sie die Seite neu.`,CONFLICT:({field:e,message:t})=>e===`email`?`Mit dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich an, oder verwenden Sie eine andere.`:`Das geht gerade nicht: ${t}`,RATE_LIMITED:({retryAfter:e})=>`Zu viele Versuche. Versuchen Sie es ${rt(e)} noch einmal.`,GRAPHQL_PARSE_FAILED:G,GRAPHQL_VALIDATION_FAILED:G,OPERATION_TOO_LARGE:()=>`Der Dienst erlaubt weniger, als diese Seite braucht. Bitten Sie die Administratoren, die Grenzen anzuheben.`,BAD_REQUEST:G,PERSISTED_QUERY_NOT_FOUND:G,PERSISTED_QUERY_NOT_SUPPORTED:G,UNAVAILABLE:()=>`Der Dienst kann gerade nicht antworten. Versuchen Sie es gleich noch einmal.`,INTERNAL:it},account:`Konto`,pages:`Seiten Ihres Kontos`,wait:`Einen Moment …`,unavailable:`Der Dienst ist nicht erreichbar`,unavailableText:`Sie sind nicht abgemeldet. Versuchen Sie es gleich noch einmal.`,again:`Noch einmal versuchen`,logIn:`Anmelden`,logOut:`Abmelden`,cancel:`Abbrechen`,ended:`Ihre Sitzung ist beendet. Melden Sie sich an, um fortzufahren.`,loggedOut:`Sie sind abgemeldet.`,loggedInAs:e=>`Sie sind als ${e} angemeldet.`,email:`E-Mail-Adresse`,name:`Name`,optional:`(freiwillig)`,password:`Passwort`,currentPassword:`Aktuelles Passwort`,newPassword:`Neues Passwort`,show:`Passwort anzeigen`,atLeast:e=>`Mindestens ${e} Zeichen. Mehrere Wörter merkt man sich leichter als Sonderzeichen.`,code:`Code aus der E-Mail`,forgot:`Passwort vergessen?`,noAccount:`Sie haben noch kein Konto?`,register:`Konto anlegen`,hasAccount:`Sie haben schon ein Konto?`,byMail:`Per E-Mail anmelden`,byMailText:`Wir schicken Ihnen einen Link und einen Code.`,byPassword:`Mit Passwort anmelden`,sendLink:`Link schicken`,sent:`Sehen Sie in Ihre E-Mails`,loginSent:e=>`Wenn es für ${e} ein Konto gibt, ist eine E-Mail dorthin unterwegs. Öffnen Sie ihren Link, oder geben Sie ihren Code hier ein.`,resetSent:e=>`Wenn es für ${e} ein Konto gibt, ist eine E-Mail dorthin unterwegs. Öffnen Sie ihren Link, um ein neues Passwort zu wählen.`,registerSent:e=>`Eine E-Mail an ${e} ist unterwegs. Öffnen Sie ihren Link, um das Konto anzulegen.`,required:e=>`Eine E-Mail an ${e} ist unterwegs. Öffnen Sie ihren Link, um die Adresse zu bestätigen, und melden Sie sich dann an.`,spam:`Keine E-Mail? Sehen Sie im Spam-Ordner nach. Wenn Sie noch einmal fragen, kommt derselbe Link.`,reset:`Neues Passwort wählen`,resetText:`Sie werden überall abgemeldet.`,resetForgot:`Geben Sie Ihre E-Mail-Adresse ein. Wir schicken Ihnen einen Link.`,resetDone:`Ihr Passwort ist geändert`,resetDoneText:`Alle Sitzungen sind beendet. Melden Sie sich mit dem neuen Passwort an.`,verify:`E-Mail-Adresse bestätigen`,verifyText:`Drücken Sie den Knopf, wenn Sie um diesen Link gebeten haben.`,confirm:`Adresse bestätigen`,verified:`Ihre E-Mail-Adresse ist bestätigt`,verifiedText:`Sonst ist nichts zu tun.`,ownPassword:`Sie haben nicht in diesem Browser um den Link gebeten. Geben Sie das Passwort des Kontos ein, damit wir wissen, dass Sie es angelegt haben.`,notMine:`Ich habe dieses Konto nicht angelegt`,reclaim:`Konto übernehmen?`,reclaimText:`Eine andere Person hat Ihre Adresse für ein Konto verwendet. Wenn Sie es übernehmen, werden sein Passwort, sein Name, seine Sitzungen und Schlüssel entfernt. Wählen Sie danach ein neues Passwort.`,reclaimIt:`Konto übernehmen`,reclaimed:`Das Konto gehört Ihnen`,reclaimedText:`Was vorher eingerichtet war, ist entfernt. Wählen Sie ein Passwort, um sich anzumelden.`,undo:`Änderung Ihrer E-Mail-Adresse zurücknehmen`,undoText:`Das Konto bekommt seine frühere Adresse zurück. Alle Sitzungen und API-Schlüssel enden, das Passwort wird entfernt, und Sie bekommen einen Link für ein neues.`,undoIt:`Änderung zurücknehmen`,undone:`Die Änderung ist zurückgenommen`,undoneText:`Wir haben Ihnen eine E-Mail geschickt. Öffnen Sie ihren Link, um ein neues Passwort zu wählen.`,loginLink:`Mit diesem Link anmelden`,loginLinkText:`Mit dem Knopf melden Sie sich in diesem Browser an. Wenn Sie nicht um den Link gebeten haben, schließen Sie die Seite.`,registerLink:`Konto anlegen`,registerLinkText:`Ihre E-Mail-Adresse ist bestätigt. Wählen Sie ein Passwort für das Konto.`,invitation:`Sie sind eingeladen`,inviteText:`Wählen Sie ein Passwort für Ihr neues Konto.`,inviteJoin:e=>`Sie sind als ${e} angemeldet. Nehmen Sie die Einladung mit diesem Konto an.`,accept:`Einladung annehmen`,inviteLogIn:`Ich habe schon ein Konto`,inviteNew:`Ich habe noch kein Konto`,askInviter:`Bitten Sie um eine neue Einladung.`,profile:`Profil`,saveName:`Namen speichern`,nameSaved:`Ihr Name ist gespeichert.`,addressIs:e=>`Ihre Adresse ist ${e}.`,isVerified:`Sie ist bestätigt.`,isUnverified:`Sie ist noch nicht bestätigt.`,sendVerification:`Link zum Bestätigen schicken`,verificationSent:`Wir haben Ihnen eine E-Mail geschickt. Öffnen Sie ihren Link, um die Adresse zu bestätigen.`,pending:e=>`Sie wird zu ${e}, sobald Sie den Link öffnen, den wir dorthin geschickt haben.`,changeEmail:`E-Mail-Adresse ändern`,newEmail:`Neue E-Mail-Adresse`,emailChanged:e=>`Ihre E-Mail-Adresse ist jetzt ${e}.`,noPasswordYet:`Ihr Konto hat kein Passwort. Wählen Sie erst eines, um die Adresse zu ändern.`,changePassword:`Passwort ändern`,passwordChanged:`Ihr Passwort ist geändert. Alle anderen Sitzungen sind beendet.`,noPassword:`Ihr Konto hat kein Passwort.`,sendPassword:`Link zum Wählen eines Passworts schicken`,passwordSent:`Wir haben Ihnen eine E-Mail geschickt. Öffnen Sie ihren Link, um ein Passwort zu wählen.`,sessions:`Sitzungen`,sessionsText:`Hier sind Sie angemeldet.`,thisOne:`diese hier`,lastUsed:e=>`Zuletzt benutzt ${e}`,since:e=>`Angemeldet ${e}`,end:`Beenden`,endOf:(e,t)=>`Sitzung von ${e} mit der Adresse ${t} beenden`,endOthers:`Alle anderen Sitzungen beenden`,endedOne:e=>`Die Sitzung von ${e} ist beendet.`,endedOthers:e=>e===1?`Eine Sitzung ist beendet.`:`${e} Sitzungen sind beendet.`,onlyOne:`Sie sind nur hier angemeldet.`},lt=e=>{let{count:t,minutes:n}=nt(e);return`in ${t} ${n?`minute`:`second`}${t===1?``:`s`}`},ut=({requestId:e})=>`Something went wrong. Try again.${e?` If it goes on, tell support this number: ${e}`:``}`,K=()=>`This page is older than the service. Reload it and try again.`,dt={email_unverified:`Open the link that we have sent to your email address, then log in.`,not_offered:`This service does not offer this. Choose another way.`,registration_closed:`Accounts can’t be made here. Ask the service’s administrators for an invitation.`,rank:`This account may do more than yours. Ask an administrator.`},ft={language:`en`,codes:{UNREACHABLE:()=>`The service can’t be reached. Check your connection and try again.`,UNAUTHENTICATED:()=>`You are not logged in any more. Log in, then try again.`,FORBIDDEN:({reason:e=``})=>dt[e]??`Your account may not do this. Ask an administrator.`,INVALID_CREDENTIALS:()=>`The email address or the password is wrong. Check both, or choose a new password.`,PROOF_INVALID:()=>`This link or code was used, is too old, or is not for this. Ask for a new one.`,REFRESH_TOKEN_INVALID:()=>`Your session has ended. Log in again.`,REFRESH_TOKEN_REUSED:()=>`Your session was ended, because its token was used twice. Log in again.`,BAD_USER_INPUT:({message:e})=>e,NOT_FOUND:()=>`This does not exist any more. Reload the page.`,CONFLICT:({field:e,message:t})=>e===`email`?`An account with this email address exists. Log in, or use another address.`:`${t}.`.replace(`..`,`.`),RATE_LIMITED:({retryAfter:e})=>`Too many attempts. Try again ${lt(e)}.`,GRAPHQL_PARSE_FAILED:K,GRAPHQL_VALIDATION_FAILED:K,OPERATION_TOO_LARGE:()=>`The service allows less than this page needs. Ask its administrators to raise its limits.`,BAD_REQUEST:K,PERSISTED_QUERY_NOT_FOUND:K,PERSISTED_QUERY_NOT_SUPPORTED:K,UNAVAILABLE:()=>`The service can’t answer now. Try again in a moment.`,INTERNAL:ut},account:`Account`,pages:`Pages of your account`,wait:`One moment …`,unavailable:`The service can’t be reached`,unavailableText:`You have not been logged out. Try again in a moment.`,again:`Try again`,logIn:`Log in`,logOut:`Log out`,cancel:`Cancel`,ended:`Your session has ended. Log in to continue.`,loggedOut:`You are logged out.`,loggedInAs:e=>`You are logged in as ${e}.`,email:`Email address`,name:`Name`,optional:`(optional)`,password:`Password`,currentPassword:`Current password`,newPassword:`New password`,show:`Show password`,atLeast:e=>`At least ${e} characters. Several words are easier to remember than signs.`,code:`Code from the mail`,forgot:`Forgot your password?`,noAccount:`You don’t have an account?`,register:`Create an account`,hasAccount:`You have an account?`,byMail:`Log in by mail`,byMailText:`We send you a link and a code.`,byPassword:`Log in with a password`,sendLink:`Send the link`,sent:`Look into your mail`,loginSent:e=>`If ${e} has an account, a mail is on its way to it. Open its link, or enter its code here.`,resetSent:e=>`If ${e} has an account, a mail is on its way to it. Open its link to choose a new password.`,registerSent:e=>`A mail is on its way to ${e}. Open its link to create the account.`,required:e=>`A mail is on its way to ${e}. Open its link to confirm the address, then log in.`,spam:`No mail? Look into the spam folder. Asking again sends the same link.`,reset:`Choose a new password`,resetText:`You will be logged out everywhere.`,resetForgot:`Enter your email address. We send you a link.`,resetDone:`Your password was changed`,resetDoneText:`All sessions have ended. Log in with the new password.`,verify:`Confirm your email address`,verifyText:`Press the button if you asked for this link.`,confirm:`Confirm the address`,verified:`Your email address is confirmed`,verifiedText:`There is nothing else to do.`,ownPassword:`You did not ask for this link in this browser. Enter the password of the account, so that we know that you made it.`,notMine:`I did not create this account`,reclaim:`Take over the account?`,reclaimText:`Another person used your address for an account. If you take it over, its password, name, sessions and keys are removed. Then choose a new password.`,reclaimIt:`Take over the account`,reclaimed:`The account is yours`,reclaimedText:`What was set up before is removed. Choose a password to log in with.`,undo:`Take back the change of your email address`,undoText:`The account gets its earlier address again. All sessions and API keys end, the password is removed, and you get a link for a new one.`,undoIt:`Take the change back`,undone:`The change is taken back`,undoneText:`We have sent you a mail. Open its link to choose a new password.`,loginLink:`Log in with this link`,loginLinkText:`Press the button to log in in this browser. If you did not ask for this link, close the page.`,registerLink:`Create your account`,registerLinkText:`Your email address is confirmed. Choose a password for the account.`,invitation:`You are invited`,inviteText:`Choose a password for your new account.`,inviteJoin:e=>`You are logged in as ${e}. Accept the invitation with this account.`,accept:`Accept the invitation`,inviteLogIn:`I have an account already`,inviteNew:`I have no account yet`,askInviter:`Ask the person who invited you for another invitation.`,profile:`Profile`,saveName:`Save the name`,nameSaved:`Your name is saved.`,addressIs:e=>`Your address is ${e}.`,isVerified:`It is confirmed.`,isUnverified:`It is not confirmed yet.`,sendVerification:`Send a link to confirm it`,verificationSent:`We have sent you a mail. Open its link to confirm the address.`,pending:e=>`It changes to ${e} once you open the link that we have sent there.`,changeEmail:`Change the email address`,newEmail:`New email address`,emailChanged:e=>`Your email address is now ${e}.`,noPasswordYet:`Your account has no password. To change the address, choose one first.`,changePassword:`Change the password`,passwordChanged:`Your password is changed. All other sessions have ended.`,noPassword:`Your account has no password.`,sendPassword:`Send a link to choose a password`,passwordSent:`We have sent you a mail. Open its link to choose a password.`,sessions:`Sessions`,sessionsText:`Where you are logged in.`,thisOne:`this one`,lastUsed:e=>`Last used ${e}`,since:e=>`Logged in ${e}`,end:`End`,endOf:(e,t)=>`End the session of ${e} at ${t}`,endOthers:`End all other sessions`,endedOne:e=>`The session of ${e} has ended.`,endedOthers:e=>e===1?`One session has ended.`:`${e} sessions have ended.`,onlyOne:`You are logged in here only.`},q=navigator.languages.map(e=>e.toLowerCase()).find(e=>/^(de|en)\b/.test(e))?.startsWith(`de`)?ct:ft,pt=/^[A-Za-z0-9-]{1,35}$/.test(navigator.language)?navigator.language:q.language,J=e=>(q.codes[e.code]??q.codes.INTERNAL)(e),mt=Symbol.for(`pv`),ht=0;Array.isArray;function Y(t,n,r,i,a,o){n||={};var s,c,l=n;if(`ref`in l&&typeof t!=`function`)for(c in l={},n)c==`ref`?s=n[c]:l[c]=n[c];var u={type:t,props:l,key:r,ref:s,__k:null,__:null,__b:0,__e:null,__c:null,constructor:mt,__v:--ht,__i:-1,__u:0};return(a||o)&&(u.__source=a,u.__self=o),e.vnode&&e.vnode(u),u}var gt=!1;function X({children:e}){let t=xe(null);return V(()=>{document.title=`${e} – ${q.account}`,gt&&t.current?.focus(),gt=!0},[e]),Y(`h1`,{ref:t,tabIndex:-1,children:e})}function _t(){let[e=``,t]=location.hash.slice(1).split(`=`);return{page:e,proof:t||void 0}}function vt(){let[e,t]=B(_t);return V(()=>{let e=()=>t(_t());return addEventListener(`hashchange`,e),()=>removeEventListener(`hashchange`,e)},[]),e}function yt(e){location.hash=e}function bt(){history.replaceState(null,``,`${location.pathname}${location.search}`)}function xt(e){document.getElementById(`said`).textContent=e}var St=`gatehouse-session`,Ct=30,wt=async e=>navigator.locks?navigator.locks.request(St,e):e(),Z=new class{#e={phase:`starting`};#t={access:``,refresh:void 0,until:0};#n=new Set;#r=new BroadcastChannel(St);constructor(){this.#r.onmessage=()=>void this.restore()}state=()=>this.#e;subscribe=e=>(this.#n.add(e),()=>void this.#n.delete(e));async open(e,t){let n=await this.#i(),{data:r,problem:i}=await wt(()=>U(e,t,{token:n,cookie:!0}));return r?.tokens&&(this.#a(r.tokens),this.tell()),i}async changePassword(e,t){return this.open(qe,{input:{currentPassword:e,newPassword:t}})}async call(e,t){let n=await this.#i(),r=await U(e,t,{token:n});return!n||r.problem?.code!==`UNAUTHENTICATED`||(await this.refresh(),this.#e.phase!==`in`)?r:U(e,t,{token:this.#t.access})}async#i(){if(this.#e.phase===`in`)return Date.now()>this.#t.until&&await this.refresh(),this.#t.access||void 0}async refresh(){let{data:e,problem:t}=await wt(()=>U(Re,{refreshToken:this.#t.refresh},{cookie:!0}));e?.tokens?this.#a(e.tokens):t?.code.startsWith(`REFRESH_TOKEN_`)&&this.close(this.#e.phase===`in`)}async restore(){await this.refresh(),this.#e.phase===`starting`&&this.#o({phase:`unavailable`})}async logOut(){let{problem:e}=await wt(()=>U(ze,{refreshToken:this.#t.refresh},{token:this.#t.access,cookie:!0}));if(e)return e;this.close(),this.tell()}learn(e){this.#e.phase===`in`&&this.#o({phase:`in`,person:e})}close(e=!1){this.#t={access:``,refresh:void 0,until:0},this.#o(e?{phase:`out`,ended:e}:{phase:`out`})}tell(){this.#r.postMessage(`changed`)}#a({accessToken:e,expiresIn:t,refreshToken:n,user:r}){this.#t={access:e,refresh:n??void 0,until:Date.now()+Math.max(t-Ct,t/2)*1e3},this.#o({phase:`in`,person:r})}#o(e){this.#e=e;for(let e of this.#n)e()}};function Tt({person:e}){let{page:t}=vt(),[n,r]=B(),i=(e,n,r=t===e)=>Y(`li`,{children:Y(`a`,{href:`#${e}`,"aria-current":r?`page`:void 0,children:n})});async function a(){let e=await Z.logOut();r(e),e||xt(q.loggedOut)}return Y(`header`,{children:[Y(`p`,{class:`who`,children:q.loggedInAs(e.email??e.name??e.id)}),Y(`nav`,{"aria-label":q.pages,children:Y(`ul`,{children:[i(`profile`,q.profile,t!==`password`&&t!==`forgot`&&t!==`sessions`),i(`password`,q.password,t===`password`||t===`forgot`),i(`sessions`,q.sessions),Y(`li`,{children:Y(`button`,{class:`second`,onClick:a,children:q.logOut})})]})}),n&&Y(`p`,{class:`problem`,role:`alert`,children:J(n)})]})}var Et=I(void 0);function Q({label:e,send:t,fields:n=[],children:r,quiet:i=!1}){let[a,o]=B(!1),[s,c]=B(),l=xe(null),u=xe(!1);V(()=>()=>void(u.current=!0),[]),V(()=>l.current?.querySelector(`[aria-invalid=true]`)?.focus(),[s]);async function d(e){if(e.preventDefault(),a)return;let n=new FormData(l.current);o(!0);let r=await t(e=>String(n.get(e)??``));u.current||(o(!1),c(r))}let f=s?.field!==void 0&&n.includes(s.field);return Y(`form`,{ref:l,onSubmit:d,children:[Y(Et.Provider,{value:f?s:void 0,children:r}),s&&!f&&Y(`p`,{class:`problem`,role:`alert`,children:J(s)}),Y(`p`,{class:`buttons`,children:Y(`button`,{class:i?`second`:``,"aria-disabled":a,children:a?q.wait:e})})]})}function $({name:e,label:t,autoComplete:n,type:r=`text`,value:i=``,hint:a,optional:o=!1}){let s=we(),c=Ce(Et),l=c?.field===e?J(c):void 0,[u,d]=B(!1),f=r===`password`&&!u?`password`:`text`,p=[a&&`${s}-hint`,l&&`${s}-wrong`].filter(Boolean).join(` `);return Y(`div`,{class:`field`,children:[Y(`label`,{for:s,children:[t,o&&Y(`span`,{class:`quiet`,children:[` `,q.optional]})]}),a&&Y(`p`,{class:`hint`,id:`${s}-hint`,children:a}),Y(`input`,{id:s,name:e,type:f,inputMode:r===`email`?`email`:r===`code`?`numeric`:void 0,autoComplete:n,autoCapitalize:r===`text`?void 0:`none`,spellcheck:!1,required:!o,defaultValue:i,"aria-describedby":p||void 0,"aria-invalid":l?!0:void 0}),l&&Y(`p`,{class:`problem`,id:`${s}-wrong`,children:l}),r===`password`&&Y(`label`,{class:`show`,children:[Y(`input`,{type:`checkbox`,checked:u,onChange:()=>d(!u)}),` `,q.show]})]})}function Dt({name:e,label:t,least:n}){return Y($,{name:e,label:t,type:`password`,autoComplete:`new-password`,hint:q.atLeast(n)})}function Ot({email:e}){return Y(`input`,{class:`visually-hidden`,type:`text`,name:`username`,autoComplete:`username`,value:e??``,readOnly:!0,tabIndex:-1,"aria-hidden":`true`})}function kt({text:e,children:t}){return Y(b,{children:[Y(X,{children:q.sent}),Y(`p`,{children:e}),t,Y(`p`,{class:`hint`,children:q.spam})]})}function At(){let[e,t]=B();async function n(e){let n=e(`email`),{problem:r}=await U(Ge,{email:n,locale:pt});return r||t(n),r}return e?Y(kt,{text:q.resetSent(e)}):Y(b,{children:[Y(X,{children:q.reset}),Y(`p`,{children:q.resetForgot}),Y(Q,{label:q.sendLink,fields:[`email`],send:n,children:Y($,{name:`email`,label:q.email,type:`email`,autoComplete:`username`})}),Y(`ul`,{class:`ways`,children:Y(`li`,{children:Y(`a`,{href:`#login`,children:q.logIn})})})]})}function jt(){return Y(Q,{label:q.logIn,send:e=>Z.open(Le,{input:{email:e(`email`),password:e(`password`)}}),children:[Y($,{name:`email`,label:q.email,type:`email`,autoComplete:`username`}),Y($,{name:`password`,label:q.password,type:`password`,autoComplete:`current-password`})]})}function Mt({proof:e,methods:t,state:n}){let[r,i]=B(!1);async function a(t){let n=await Z.open(We,{input:{proof:e,...t}});return n||yt(`profile`),n}return n.phase===`in`?Y(b,{children:[Y(X,{children:q.invitation}),Y(`p`,{children:q.inviteJoin(n.person.email??n.person.id)}),Y(Q,{label:q.accept,send:()=>a({})}),Y(`p`,{class:`buttons`,children:Y(`button`,{class:`second`,onClick:()=>Z.logOut(),children:q.logOut})})]}):Y(b,{children:[Y(X,{children:q.invitation}),r?Y(jt,{}):Y(Nt,{least:t.minPasswordLength,register:async e=>{let t=await a({password:e(`password`),name:e(`name`)||null});return t?.code===`CONFLICT`&&t.field===`email`&&i(!0),t}}),Y(`p`,{class:`buttons`,children:Y(`button`,{class:`second`,onClick:()=>i(!r),children:r?q.inviteNew:q.inviteLogIn})})]})}function Nt({least:e,register:t}){return Y(b,{children:[Y(`p`,{children:q.inviteText}),Y(Q,{label:q.accept,fields:[`name`,`password`],send:t,children:[Y($,{name:`name`,label:q.name,autoComplete:`name`,optional:!0}),Y(Dt,{name:`password`,label:q.password,least:e})]})]})}var Pt=`gatehouse-login`;function Ft(){let e=sessionStorage.getItem(Pt);if(!e)return;let t=JSON.parse(e);return Date.parse(t.expiresAt)>Date.now()?t:void 0}function It(e){e?sessionStorage.setItem(Pt,JSON.stringify(e)):sessionStorage.removeItem(Pt)}function Lt(){let[e,t]=B(Ft);function n(e){It(e),t(e)}async function r(e){let t=e(`email`),{data:r,problem:i}=await U(Be,{email:t,locale:pt});return r?.requestLogin&&n({email:t,...r.requestLogin}),i}return e?Y(Rt,{login:e,again:()=>n(void 0)}):Y(b,{children:[Y(X,{children:q.byMail}),Y(`p`,{children:q.byMailText}),Y(Q,{label:q.sendLink,fields:[`email`],send:r,children:Y($,{name:`email`,label:q.email,type:`email`,autoComplete:`username`})})]})}function Rt({login:e,again:t}){async function n(t){let n=await Z.open(Ve,{input:{request:e.request,code:t(`code`).replace(/\D/g,``)}});return n||It(void 0),n}return Y(kt,{text:q.loginSent(e.email),children:[Y(Q,{label:q.logIn,send:n,children:Y($,{name:`code`,label:q.code,type:`code`,autoComplete:`one-time-code`})}),Y(`p`,{class:`buttons`,children:Y(`button`,{class:`second`,onClick:t,children:q.again})})]})}function zt({methods:e,ended:t}){let n=e.password&&e.email,[r,i]=B(e.email&&(!e.password||Ft()!==void 0));return Y(b,{children:[r?Y(Lt,{}):Y(Bt,{ended:t,offered:e.password}),n&&Y(`p`,{class:`buttons`,children:Y(`button`,{class:`second`,onClick:()=>i(!r),children:r?q.byPassword:q.byMail})}),Y(`ul`,{class:`ways`,children:[e.passwordReset&&!r&&Y(`li`,{children:Y(`a`,{href:`#forgot`,children:q.forgot})}),(e.registration===`OPEN`||e.registration===`BY_EMAIL`)&&Y(`li`,{children:[q.noAccount,` `,Y(`a`,{href:`#register`,children:q.register})]})]})]})}function Bt({ended:e,offered:t}){return Y(b,{children:[Y(X,{children:q.logIn}),e&&Y(`p`,{class:`notice`,role:`status`,children:q.ended}),t&&Y(jt,{})]})}function Vt({proof:e,state:t}){async function n(){let t=await Z.open(Ve,{input:{proof:e}});if(t)return t;It(void 0),yt(`profile`)}return Y(b,{children:[Y(X,{children:q.loginLink}),t.phase===`in`&&Y(`p`,{children:q.loggedInAs(t.person.email??t.person.id)}),Y(`p`,{children:q.loginLinkText}),Y(Q,{label:q.logIn,send:n}),Y(`ul`,{class:`ways`,children:Y(`li`,{children:Y(`a`,{href:`#login`,children:q.sendLink})})})]})}function Ht({person:e,methods:t}){let[n,r]=B(``);async function i(){let{problem:t}=await U(Ge,{email:e.email??``,locale:pt});return t||r(q.passwordSent),t}return Y(b,{children:[Y(X,{children:q.password}),Y(`p`,{role:`status`,class:n?`notice`:``,children:n}),e.hasPassword?Y(Ut,{person:e,methods:t,said:r}):Y(`p`,{children:q.noPassword}),t.passwordReset&&Y(`section`,{children:[e.hasPassword&&Y(`h2`,{children:q.forgot}),Y(Q,{label:q.sendPassword,send:i,quiet:!0})]})]})}function Ut({person:e,methods:t,said:n}){let[r,i]=B(0);async function a(e){n(``);let t=await Z.changePassword(e(`currentPassword`),e(`newPassword`));if(t)return t;n(q.passwordChanged),i(r+1)}return Y(Q,{label:q.changePassword,fields:[`currentPassword`,`newPassword`],send:a,children:[Y(Ot,{email:e.email}),Y($,{name:`currentPassword`,label:q.currentPassword,type:`password`,autoComplete:`current-password`}),Y(Dt,{name:`newPassword`,label:q.newPassword,least:t.minPasswordLength})]},r)}function Wt({person:e}){return Y(b,{children:[Y(X,{children:q.profile}),Y(Gt,{person:e}),Y(Kt,{person:e})]})}function Gt({person:e}){let[t,n]=B(!1);async function r(t){n(!1);let{data:r,problem:i}=await Z.call(Qe,{id:e.id,name:t(`name`)||null});return r?.updateUser&&Z.learn(r.updateUser),n(!i),i}return Y(`section`,{children:[Y(Q,{label:q.saveName,fields:[`name`],send:r,quiet:!0,children:Y($,{name:`name`,label:q.name,autoComplete:`name`,value:e.name??``,optional:!0})}),Y(`p`,{role:`status`,children:t&&q.nameSaved})]})}function Kt({person:e}){let[t,n]=B(``);async function r(e){n(``);let{data:t,problem:r}=await Z.call(Ze,{input:{email:e(`email`),currentPassword:e(`currentPassword`)}});if(!t?.changeEmail)return r;Z.learn(t.changeEmail),t.changeEmail.pendingEmail||n(q.emailChanged(t.changeEmail.email??``))}return Y(`section`,{children:[Y(`h2`,{children:q.email}),Y(`p`,{children:[q.addressIs(e.email??``),` `,e.emailVerified?q.isVerified:q.isUnverified]}),!e.emailVerified&&Y(qt,{said:n}),Y(`p`,{role:`status`,class:t||e.pendingEmail?`notice`:``,children:t||e.pendingEmail&&q.pending(e.pendingEmail)}),e.hasPassword?Y(Q,{label:q.changeEmail,fields:[`email`,`currentPassword`],send:r,quiet:!0,children:[Y(Ot,{email:e.email}),Y($,{name:`email`,label:q.newEmail,type:`email`,autoComplete:`email`}),Y($,{name:`currentPassword`,label:q.currentPassword,type:`password`,autoComplete:`current-password`})]},`${e.email} ${e.pendingEmail}`):Y(`p`,{children:[q.noPasswordYet,` `,Y(`a`,{href:`#password`,children:q.password})]})]})}function qt({said:e}){async function t(){let{problem:t}=await Z.call(Je,{locale:pt});return t||e(q.verificationSent),t}return Y(Q,{label:q.sendVerification,send:t,quiet:!0})}function Jt({methods:e}){let[t,n]=B();return t?Y(kt,{text:t}):Y(b,{children:[Y(X,{children:q.register}),e.registration===`BY_EMAIL`?Y(Yt,{done:n}):Y(Xt,{least:e.minPasswordLength,done:n}),Y(`ul`,{class:`ways`,children:Y(`li`,{children:[q.hasAccount,` `,Y(`a`,{href:`#login`,children:q.logIn})]})})]})}function Yt({done:e}){async function t(t){let n=t(`email`),{problem:r}=await U(He,{email:n,locale:pt});return r||e(q.registerSent(n)),r}return Y(Q,{label:q.sendLink,fields:[`email`],send:t,children:Y($,{name:`email`,label:q.email,type:`email`,autoComplete:`username`})})}function Xt({least:e,done:t}){async function n(e){let n=e(`email`),r=await Z.open(Ie,{input:{email:n,password:e(`password`),name:e(`name`)||null}});if(r?.reason!==`email_unverified`)return r;t(q.required(n))}return Y(Q,{label:q.register,fields:[`name`,`email`,`password`],send:n,children:[Y($,{name:`name`,label:q.name,autoComplete:`name`,optional:!0}),Y($,{name:`email`,label:q.email,type:`email`,autoComplete:`username`}),Y(Dt,{name:`password`,label:q.password,least:e})]})}function Zt({proof:e,methods:t}){async function n(t){let n=await Z.open(Ue,{input:{proof:e,password:t(`password`),name:t(`name`)||null}});return n||yt(`profile`),n}return Y(b,{children:[Y(X,{children:q.registerLink}),Y(`p`,{children:q.registerLinkText}),Y(Q,{label:q.register,fields:[`name`,`password`],send:n,children:[Y($,{name:`name`,label:q.name,autoComplete:`name`,optional:!0}),Y(Dt,{name:`password`,label:q.password,least:t.minPasswordLength})]})]})}function Qt({title:e,text:t,link:n,label:r}){return Y(b,{children:[Y(X,{children:e}),Y(`p`,{children:t}),Y(`p`,{children:Y(`a`,{class:`button`,href:`#${n}`,children:r})})]})}function $t({proof:e,methods:t}){let[n,r]=B(!1);async function i(t){let{problem:n}=await Z.call(Ke,{input:{proof:e,newPassword:t(`newPassword`)}});if(n)return n;r(!0),bt(),await Z.restore()}return n?Y(Qt,{title:q.resetDone,text:q.resetDoneText,link:`login`,label:q.logIn}):Y(b,{children:[Y(X,{children:q.reset}),Y(`p`,{children:q.resetText}),Y(Q,{label:q.changePassword,fields:[`newPassword`],send:i,children:Y(Dt,{name:`newPassword`,label:q.newPassword,least:t.minPasswordLength})}),Y(`ul`,{class:`ways`,children:Y(`li`,{children:Y(`a`,{href:`#forgot`,children:q.sendLink})})})]})}var en=new Intl.DateTimeFormat(q.language,{dateStyle:`medium`,timeStyle:`short`}),tn=e=>en.format(new Date(e));function nn(){let[e,t]=B(),[n,r]=B(),[i,a]=B(``),o=xe(null);async function s(){let{data:e,problem:n}=await Z.call($e,{});e&&t(e.me?.sessions??[]),r(n)}V(()=>void s(),[]);async function c(e){a(e),await s(),o.current?.focus()}async function l({id:e,device:t}){let{problem:n}=await Z.call(et,{id:e});return n||await c(q.endedOne(t)),n}async function u(){let{data:e,problem:t}=await Z.call(tt,{});return e&&await c(q.endedOthers(e.revokeOtherSessions??0)),t}let d=e?.some(({current:e})=>!e);return Y(b,{children:[Y(X,{children:q.sessions}),Y(`p`,{children:q.sessionsText}),Y(`p`,{ref:o,tabIndex:-1,role:`status`,class:i?`notice`:``,children:i}),n&&Y(`p`,{class:`problem`,role:`alert`,children:J(n)}),Y(`ul`,{class:`sessions`,children:e?.map(e=>Y(rn,{login:e,end:()=>l(e)},e.id))}),e&&(d?Y(Q,{label:q.endOthers,send:u,quiet:!0}):Y(`p`,{children:q.onlyOne}))]})}function rn({login:e,end:t}){let[n,r]=B(),{device:i,ip:a,lastUsedAt:o,createdAt:s,current:c}=e;return Y(`li`,{children:[Y(`div`,{children:[Y(`strong`,{children:i}),c&&Y(`span`,{class:`mark`,children:[` `,q.thisOne]}),Y(`p`,{class:`hint`,children:[a,`. `,q.lastUsed(tn(o)),`. `,q.since(tn(s)),`.`]}),n&&Y(`p`,{class:`problem`,role:`alert`,children:J(n)})]}),!c&&Y(`button`,{class:`second`,"aria-label":q.endOf(i,a),onClick:async()=>r(await t()),children:q.end})]})}function an({proof:e}){let[t,n]=B(!1);async function r(){let{problem:t}=await Z.call(Xe,{proof:e});if(t)return t;n(!0),bt(),await Z.restore()}return t?Y(Qt,{title:q.undone,text:q.undoneText,link:`login`,label:q.logIn}):Y(b,{children:[Y(X,{children:q.undo}),Y(`p`,{children:q.undoText}),Y(Q,{label:q.undoIt,send:r})]})}function on({proof:e,state:t}){let[n,r]=B(`button`);async function i(t,n){let{problem:i}=await Z.call(Ye,{input:{proof:e,...t}});if(i?.code===`BAD_USER_INPUT`&&i.field===`password`)r(`password`);else{if(i)return i;r(n),bt(),Z.tell(),await Z.restore()}}let a=t.phase===`in`?{link:`profile`,label:q.profile}:{link:`login`,label:q.logIn};switch(n){case`button`:return Y(b,{children:[Y(X,{children:q.verify}),Y(`p`,{children:q.verifyText}),Y(Q,{label:q.confirm,send:()=>i({},`verified`)},n)]});case`password`:return Y(sn,{verify:e=>i({password:e(`password`)},`verified`),notMine:()=>r(`reclaim`)});case`reclaim`:return Y(b,{children:[Y(X,{children:q.reclaim}),Y(`p`,{children:q.reclaimText}),Y(Q,{label:q.reclaimIt,send:()=>i({reclaim:!0},`reclaimed`)},n),Y(`p`,{class:`buttons`,children:Y(`button`,{class:`second`,onClick:()=>r(`password`),children:q.cancel})})]});case`verified`:return Y(Qt,{title:q.verified,text:q.verifiedText,...a});case`reclaimed`:return Y(Qt,{title:q.reclaimed,text:q.reclaimedText,link:`forgot`,label:q.reset})}}function sn({verify:e,notMine:t}){return Y(b,{children:[Y(X,{children:q.verify}),Y(`p`,{children:q.ownPassword}),Y(Q,{label:q.confirm,send:e,children:Y($,{name:`password`,label:q.password,type:`password`,autoComplete:`current-password`})}),Y(`p`,{class:`buttons`,children:Y(`button`,{class:`second`,onClick:t,children:q.notMine})})]})}var cn={verify:on,undo:an,reset:$t,login:Vt,register:Zt,invite:Mt},ln={login:zt,register:Jt,forgot:At},un={profile:Wt,password:Ht,sessions:nn},dn=(e,t)=>Object.hasOwn(t,e);function fn(){let[e,t]=B(Z.state);return V(()=>Z.subscribe(()=>t(Z.state())),[]),e}function pn(){let e=fn(),[t,n]=B(),[r,i]=B(!1);async function a(){i(!1);let{data:e}=await U(Fe,{});e?n(e.loginMethods):i(!0)}V(()=>void a(),[]);async function o(){await Z.restore(),await a()}return r||e.phase===`unavailable`?Y(hn,{again:o}):!t||e.phase===`starting`?Y(`main`,{children:Y(`p`,{role:`status`,children:q.wait})}):Y(mn,{state:e,methods:t})}function mn({state:e,methods:t}){let{page:n,proof:r}=vt(),[i,a]=B();if(V(()=>{r&&dn(n,cn)?a({page:n,proof:r}):a(void 0)},[n,r]),i){let n=cn[i.page];return Y(`main`,{children:Y(n,{proof:i.proof,methods:t,state:e},i.proof)})}if(e.phase===`out`)return Y(`main`,{children:Y(dn(n,ln)?ln[n]:zt,{methods:t,ended:e.ended??!1},n)});let o=dn(n,un)?un[n]:n===`forgot`?Ht:Wt;return Y(b,{children:[Y(Tt,{person:e.person}),Y(`main`,{children:Y(o,{person:e.person,methods:t},`${n} ${e.person.id}`)})]})}function hn({again:e}){return Y(`main`,{children:[Y(X,{children:q.unavailable}),Y(`p`,{children:q.unavailableText}),Y(`p`,{class:`buttons`,children:Y(`button`,{onClick:e,children:q.again})})]})}document.documentElement.lang=q.language,F(Y(pn,{}),document.getElementById(`account`)),Z.restore();