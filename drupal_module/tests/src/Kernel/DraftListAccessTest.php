<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\DraftListAccess;
use Drupal\background_agents\Review\WaitingDrafts;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\media\Entity\Media;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\taxonomy\Entity\Term;
use Drupal\taxonomy\Entity\Vocabulary;
use Drupal\Tests\media\Traits\MediaTypeCreationTrait;
use Drupal\user\UserInterface;
use Drupal\workflows\Entity\Workflow;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The database lists the drafts that entity access lets a person decide about.
 *
 * For people with permissions drawn by a seed: the two must find the same.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DraftListAccessTest extends AgentsKernelTestBase {

  use MediaTypeCreationTrait;

  private const int PEOPLE = 60;

  /**
   * Each person gets about a third of these, and mostly the usual two.
   */
  private const array PERMISSIONS = [
    'bypass node access', 'administer nodes', 'edit any article content', 'edit own article content', 'edit any page content',
    'edit own page content', 'edit any note content', 'edit own note content', 'use editorial transition create_new_draft',
    'use editorial transition publish', 'use notes transition go', 'use notes transition keep', 'administer media',
    'update any media', 'update media', 'edit any document media', 'edit own document media', 'administer taxonomy', 'edit terms in tags',
  ];

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['media', 'image', 'taxonomy'];

  /**
   * @var \Drupal\user\UserInterface[]
   */
  private array $people = [];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    foreach (['media', 'taxonomy_term'] as $type) {
      $this->installEntitySchema($type);
    }
    $this->installSchema('file', ['file_usage']);
    NodeType::create(['type' => 'note', 'name' => 'Note', 'new_revision' => TRUE])->save();
    Vocabulary::create(['vid' => 'tags', 'name' => 'Tags'])->save();
    $this->createMediaType('file', ['id' => 'document']);
    $workflow = Workflow::create(['id' => 'notes', 'label' => 'Notes', 'type' => 'content_moderation']);
    $workflow->getTypePlugin()->setConfiguration([
      'states' => [
        'draft' => ['label' => 'Draft', 'published' => FALSE, 'default_revision' => FALSE, 'weight' => 0],
        'published' => ['label' => 'Live', 'published' => TRUE, 'default_revision' => TRUE, 'weight' => 1],
        'checked' => ['label' => 'Checked', 'published' => FALSE, 'default_revision' => FALSE, 'weight' => 2],
      ],
      'transitions' => [
        'go' => ['label' => 'Go', 'from' => ['checked'], 'to' => 'published', 'weight' => 0],
        'keep' => ['label' => 'Keep', 'from' => ['draft', 'published'], 'to' => 'draft', 'weight' => 1],
      ],
      'entity_types' => ['node' => ['note']],
    ]);
    $workflow->save();
    \Drupal::service('entity_type.bundle.info')->clearCachedBundles();
    mt_srand(7);
    for ($n = 0; $n < self::PEOPLE; $n++) {
      $permissions = array_values(array_filter(self::PERMISSIONS, static fn (): bool => mt_rand(0, 2) === 0));
      $usual = array_filter(['access content', 'review background agent drafts'], static fn (): bool => mt_rand(0, 5) > 0);
      $this->role("person_$n", [...$permissions, ...$usual]);
      $this->people[] = $this->account("person_$n", "person_$n");
    }
  }

  /**
   * With permissions alone.
   */
  public function testPermissions(): void {
    $this->leaveDrafts();
    $this->assertSameAsEntityAccess();
  }

  /**
   * With node grants besides.
   */
  public function testNodeGrants(): void {
    $this->enableModules(['background_agents_sections']);
    $this->leaveDrafts();
    $this->assertSameAsEntityAccess();
  }

  /**
   * An editor brings a draft to a state from which others have transitions.
   */
  public function testStateOfAnEditorsSave(): void {
    $note = $this->left(Node::create(['type' => 'note', 'title' => 'A note', 'uid' => 1, 'moderation_state' => 'draft']));
    $this->role('checker', ['access content', 'edit any note content', 'use notes transition go', 'review background agent drafts']);
    $checker = $this->account('checker', 'checker');
    $this->assertSame([], $this->listed($checker));
    $this->stored($note)->set('moderation_state', 'checked')->save();
    \Drupal::service('Drupal\background_agents\Draft\EditorDecisions')->destruct();
    $this->assertCount(1, $this->listed($checker));
  }

  private function assertSameAsEntityAccess(): void {
    $all = Change::loadMultiple();
    $found = 0;
    foreach ($this->people as $person) {
      $allowed = array_keys(array_filter($all, static fn (Change $change): bool => $change->access('review', $person)));
      $permissions = implode(', ', $person->getRoles() === [] ? [] : \Drupal::entityTypeManager()->getStorage('user_role')->load($person->getRoles()[1])->getPermissions());
      $this->assertSame($allowed, $this->listed($person), $person->getAccountName() . ': ' . $permissions);
      $this->assertSame(count($allowed), \Drupal::service(WaitingDrafts::class)->count($person));
      $found += count($allowed);
    }
    // Of a kind with all or none, nothing would be proven.
    $this->assertGreaterThan(count($all) * self::PEOPLE / 10, $found);
    $this->assertLessThan(count($all) * self::PEOPLE * 0.9, $found);
  }

  /**
   * The changes that a list of this person shows.
   *
   * @return int[]
   *   Their ids.
   */
  private function listed(UserInterface $person): array {
    $query = \Drupal::database()->select('background_agents_change', 'c')->fields('c', ['id'])->orderBy('id');
    \Drupal::service(DraftListAccess::class)->restrict($query, 'c', $person);
    return array_map(intval(...), $query->execute()->fetchCol());
  }

  /**
   * Drafts of each type, in each state, of the first people.
   */
  private function leaveDrafts(): void {
    foreach (array_slice($this->people, 0, 12) as $n => $owner) {
      foreach (['article', 'page', 'note'] as $bundle) {
        $item = Node::create(['type' => $bundle, 'title' => "$bundle $n", 'uid' => $owner->id()]);
        if ($bundle !== 'page') {
          $item->set('moderation_state', $n % 2 === 0 ? 'published' : 'draft');
        }
        $this->left($item, $bundle !== 'page' && $n % 2 === 0 ? ($bundle === 'note' && $n % 3 === 0 ? 'checked' : 'draft') : NULL);
      }
      $this->left(Media::create(['bundle' => 'document', 'name' => "Media $n", 'uid' => $owner->id()]));
      $this->left(Term::create(['vid' => 'tags', 'name' => "Term $n"]));
    }
  }

  /**
   * Saves an item, a draft on top of it, and its change.
   */
  private function left(ContentEntityInterface $item, ?string $state = NULL): ContentEntityInterface {
    $item->save();
    $draft = $item;
    if ($state !== NULL) {
      $draft = \Drupal::entityTypeManager()->getStorage('node')->createRevision($item, FALSE);
      $draft->set('moderation_state', $state)->save();
    }
    Change::create([
      'run' => $this->running(Agent::load('writer') ?? $this->agent())->id(),
      'agent' => 'writer',
      'target_type' => $item->getEntityTypeId(),
      'target_bundle' => $item->bundle(),
      'target_uuid' => $item->uuid(),
      'target_id' => $item->id(),
      'target_langcode' => $item->language()->getId(),
      'target_revision' => $draft->getRevisionId(),
      'operation' => 'revise',
      'moderation_state' => $draft->hasField('moderation_state') ? $draft->get('moderation_state')->value : NULL,
      'status' => Change::PENDING,
    ])->save();
    return $item;
  }

}
