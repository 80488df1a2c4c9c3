<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\PersonExport;
use Drupal\background_agents\Audit\RecordedDecision;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Form\Key\DispatchKeyForm;
use Drupal\background_agents\Form\Key\RevokeKeyForm;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Key\DispatchKeyToken;
use Drupal\background_agents\Key\KeyPageAccess;
use Drupal\background_agents\Key\KeyStore;
use Drupal\background_agents\Key\PersonKeys;
use Drupal\background_agents\Run\RunDocument;
use Drupal\background_agents\Ui\RunCells;
use Drupal\background_agents\Ui\RunFacts;
use Drupal\Core\Form\FormState;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * How people make, change and revoke keys, and what ends with them.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DispatchKeyPagesTest extends AgentsKernelTestBase {

  use KeyOwner;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->makeOwner('run writer background agent', 'view own background agent runs');
    \Drupal::currentUser()->setAccount($this->owner);
  }

  /**
   * A key is made once by a page, is shown once, and is kept as a hash.
   */
  public function testMade(): void {
    $form = $this->submit(['name' => ' Laptop ', 'for' => 'some', 'agents' => ['writer' => 'writer'], 'expires' => '30', 'key' => 'page']);
    $text = $form['token']['#value'];
    $this->assertNotNull(DispatchKeyToken::parse($text));
    [$key] = $this->keys();
    $this->assertSame(['Laptop', ['writer']], [$key->name, $key->agents]);
    $this->assertEqualsWithDelta(\Drupal::time()->getCurrentTime() + 30 * 86400, $key->expires, 120);
    $this->assertSame($key->id, \Drupal::service(KeyStore::class)->byToken(DispatchKeyToken::parse($text))?->id);
    $row = serialize(\Drupal::database()->select('background_agents_key', 'k')->fields('k')->execute()->fetchAll());
    $this->assertStringNotContainsString(substr($text, 15), $row);
    $this->assertStringNotContainsString(substr($text, 15), serialize($this->audit()));
    // The page is sent again: one key, which is not shown.
    $again = $this->submit(['name' => 'Laptop', 'for' => 'some', 'agents' => ['writer' => 'writer'], 'expires' => '30', 'key' => 'page']);
    $this->assertArrayNotHasKey('token', $again);
    $this->assertCount(1, $this->keys());
    $this->submit(['name' => 'Server', 'for' => 'all', 'agents' => [], 'expires' => 'never', 'key' => 'another page']);
    $this->assertCount(2, $this->keys());
  }

  /**
   * What cannot be meant is refused: no name, no agent, one that is not offered.
   */
  public function testRefused(): void {
    foreach ([['name' => ' '], ['agents' => []], ['agents' => ['other' => 'other']], ['expires' => '100000']] as $wrong) {
      $state = $this->state($wrong + ['name' => 'Laptop', 'for' => 'some', 'agents' => ['writer' => 'writer'], 'expires' => '30', 'key' => 'page']);
      \Drupal::formBuilder()->submitForm(DispatchKeyForm::class, $state);
      $this->assertNotSame([], $state->getErrors(), print_r($wrong, TRUE));
      \Drupal::messenger()->deleteAll();
    }
    $this->assertSame([], $this->keys());
  }

  /**
   * Whoever lacks a permission is told what the key will not do.
   */
  public function testLacking(): void {
    $told = function (string ...$permissions): array {
      $role = uniqid('told');
      $this->role($role, ['have dispatch keys for background agents', ...$permissions]);
      $person = $this->account($role, $role);
      \Drupal::currentUser()->setAccount($person);
      $form = \Drupal::formBuilder()->getForm(DispatchKeyForm::class, $person);
      $sentences = array_filter($form, static fn (string|int $key): bool => str_starts_with((string) $key, 'lacking_'), ARRAY_FILTER_USE_KEY);
      return [
        ...array_map(static fn (array $element): string => (string) preg_replace('/.*"(.*)".*/', '$1', (string) $element['#value']), array_values($sentences)),
        ...($form['agents']['#description'] === NULL ? [] : ['no agent']),
      ];
    };
    $view = 'View own runs of background agents';
    $manage = 'Manage own runs of background agents';
    $this->assertSame([$view, $manage, 'no agent'], $told());
    $this->assertSame([$manage], $told('run any background agent', 'view own background agent runs'));
    $this->assertSame([$view], $told('run writer background agent', 'manage any background agent run'));
    $this->assertSame([], $told('run any background agent', 'administer background agents'));
  }

  /**
   * Before the update that brings the table nobody has keys, or makes one.
   */
  public function testBeforeTheUpdate(): void {
    \Drupal::database()->schema()->dropTable('background_agents_key');
    $values = ['name' => 'Laptop', 'for' => 'some', 'agents' => ['writer' => 'writer'], 'expires' => '30', 'key' => 'page'];
    $state = $this->state($values);
    \Drupal::formBuilder()->submitForm(DispatchKeyForm::class, $state);
    $this->assertSame(['The updates of this site have not been run since the module was updated. Ask an administrator to run them.'], array_map('strval', array_values($state->getErrors())));
    $this->assertSame([], \Drupal::service(PersonExport::class)->of($this->owner, FALSE)['keys']);
    $this->owner->block()->save();
    $this->assertSame([], $this->keys());
    \Drupal::moduleHandler()->loadInclude('background_agents', 'install');
    background_agents_update_11310();
    $this->submit($values);
    $this->assertCount(1, $this->keys());
  }

  /**
   * A change takes effect; a revoked key is gone; both are kept with who did it.
   */
  public function testChangedAndRevoked(): void {
    $id = $this->key();
    $this->submit(['name' => 'Server', 'for' => 'all', 'agents' => [], 'expires' => 'keep', 'key' => 'x'], $id);
    [$key] = $this->keys();
    $this->assertSame(['Server', NULL, NULL], [$key->name, $key->agents, $key->expires]);
    $state = (new FormState())->addBuildInfo('args', [$id]);
    \Drupal::formBuilder()->submitForm(RevokeKeyForm::class, $state);
    $this->assertSame([], $state->getErrors());
    $this->assertSame([], $this->keys());
    $this->assertSame([['key_revoke', 'owner', $id], ['key_change', 'owner', $id], ['key_add', 'owner', $id]], $this->audit());
    $this->assertSame("key $id", \Drupal::service(AuditLog::class)->newest(NULL, 1)[0]->about());
  }

  /**
   * The key of another account is not found by its id on one's own pages.
   */
  public function testKeysOfOthers(): void {
    $id = $this->key();
    $other = $this->account('another', 'person');
    $access = \Drupal::classResolver(KeyPageAccess::class);
    $this->assertTrue($access->edit($this->owner, $id, $this->owner)->isAllowed());
    foreach (['edit', 'revoke'] as $operation) {
      $this->assertFalse($access->$operation($other, $id, $other)->isAllowed());
      $this->assertFalse($access->$operation($this->owner, $id, $other)->isAllowed());
    }
    $this->accountOf($this->agent('third'))->addRole('person')->save();
    $agent = $this->accountOf(\Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('third'));
    $this->assertFalse($access->add($agent, $agent)->isAllowed());
  }

  /**
   * Who is blocked or erased has no keys, also when they come back.
   */
  public function testBlockedAndErased(): void {
    $this->key();
    $export = \Drupal::service(PersonExport::class)->of($this->owner, FALSE);
    $this->assertSame('Laptop', $export['keys'][0]['name']);
    $this->assertArrayNotHasKey('hash', $export['keys'][0]);
    $this->owner->block()->save();
    $this->owner->activate()->save();
    $this->assertSame([], $this->keys());
    $this->key('again');
    $run = $this->dispatchedWith(\Drupal::service(KeyStore::class)->ofPerson((int) $this->owner->id())[0]);
    $this->owner->delete();
    $this->assertSame([], $this->keys());
    $row = \Drupal::database()->select('background_agents_run', 'r')->fields('r', ['uid', 'via_means', 'via_key', 'via_name'])->condition('uuid', $run->uuid())->execute()->fetchAssoc();
    $this->assertSame(['uid' => NULL, 'via_means' => 'key', 'via_key' => NULL, 'via_name' => NULL], $row);
  }

  /**
   * A run tells by which key it was asked for, on pages and in documents.
   */
  public function testRunSaysWhoAsked(): void {
    $this->key();
    $run = $this->dispatchedWith($this->keys()[0]);
    $this->assertEquals(new Via('key', $this->keys()[0]->id, 'Laptop'), Via::of($run));
    $this->assertSame(['door' => 'mcp', 'means' => 'key', 'key' => 'Laptop', 'client' => NULL], \Drupal::service(RunDocument::class)->run($run)['via']);
    $this->assertSame('MCP, owner, by the dispatch key "Laptop"', html_entity_decode((string) \Drupal::service(RunCells::class)->startedBy($run)));
    $page = \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(agent: 'writer', triggerType: 'manual', requester: (int) $this->owner->id()))->run;
    $this->assertEquals(new Via('session'), Via::of($page));
    $automatic = \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(agent: 'writer', triggerType: 'cron'))->run;
    $this->assertNull(Via::of($automatic));
    $kept = DispatchRequest::fromJson((new DispatchRequest(agent: 'writer', triggerType: 'api', via: new Via('key', 'abc', 'Laptop')))->toJson());
    $this->assertEquals(new Via('key', 'abc', 'Laptop'), $kept->via, 'Also when the run is made after a transaction.');
  }

  /**
   * The name of a key is one text on pages, whatever characters it has.
   */
  public function testNamesOfKeysAreEscapedOnce(): void {
    $name = 'R&D <b>';
    \Drupal::service(PersonKeys::class)->add((int) $this->owner->id(), 'named', $name, ['writer'], NULL);
    $run = $this->dispatchedWith($this->keys()[0]);
    $escaped = 'the dispatch key "R&amp;D &lt;b&gt;"';
    $this->assertSame("MCP, owner, by $escaped", (string) \Drupal::service(RunCells::class)->startedBy($run));
    $facts = array_column(\Drupal::service(RunFacts::class)->list($run), 'value');
    $this->assertContains(['#plain_text' => 'the dispatch key "R&D <b>"'], $facts);
  }

  private function dispatchedWith(DispatchKey $key): Run {
    $current = \Drupal::service(CurrentKey::class);
    $current->set($key);
    $run = \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(agent: 'writer', triggerType: 'mcp', requester: (int) $this->owner->id()))->run;
    $current->set(NULL);
    assert($run !== NULL);
    return $run;
  }

  private function key(string $request = 'test'): string {
    return (string) \Drupal::service(PersonKeys::class)->add((int) $this->owner->id(), $request, 'Laptop', ['writer'], NULL)?->id;
  }

  /**
   * The keys of the owner.
   *
   * @return \Drupal\background_agents\Key\DispatchKey[]
   *   The keys.
   */
  private function keys(): array {
    return \Drupal::service(KeyStore::class)->ofPerson((int) $this->owner->id());
  }

  private function audit(): array {
    return array_map(static fn (RecordedDecision $decision): array => [$decision->action, $decision->name, $decision->data['key'] ?? NULL], \Drupal::service(AuditLog::class)->newest(NULL, 10));
  }

  private function state(array $values, string $id = ''): FormState {
    return (new FormState())->setValues($values)->addBuildInfo('args', [$this->owner, $id]);
  }

  private function submit(array $values, string $id = ''): array {
    $state = $this->state($values, $id);
    \Drupal::formBuilder()->submitForm(DispatchKeyForm::class, $state);
    $this->assertSame([], $state->getErrors());
    if (!$state->isRebuilding()) {
      return [];
    }
    $this->assertFalse($state->setRequestMethod('POST')->setCached()->isCached(), 'What is shown once is not kept with the form.');
    $object = $state->getFormObject();
    assert($object instanceof DispatchKeyForm);
    return $object->buildForm([], $state, $this->owner);
  }

}
