<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Agent\BuiltInTools;
use Drupal\background_agents\Form\Quick\QuickDefaults;
use Drupal\background_agents\Form\QuickForm;
use Drupal\background_agents\Preset\FittingContent;
use Drupal\background_agents\Preset\PresetManager;
use Drupal\Core\Form\FormState;
use Drupal\node\Entity\NodeType;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What the quick form offers, and for which content.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class PresetTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['taxonomy', 'background_agents_preset_test'];

  /**
   * The shipped presets, and those of another module that can be used.
   */
  public function testPresetsOfAllModules(): void {
    $presets = \Drupal::service(PresetManager::class)->usable();
    $this->assertSame(['proofread', 'teaser', 'tags', 'digest', 'own', 'shout'], array_keys($presets), 'Without those that are wrong, altered away, or need a tool that there is not.');
    $this->assertSame('Shout louder', (string) $presets['shout']->label, 'Altered by a hook.');
  }

  /**
   * Prompts speak only of tools that the preset has, and end with the rule about data.
   */
  public function testPrompts(): void {
    foreach (\Drupal::service(PresetManager::class)->usable() as $preset) {
      preg_match_all('/\b(' . implode('|', BuiltInTools::NAMES) . ')\b/', $preset->prompt, $named);
      $this->assertSame([], array_values(array_diff($named[1], $preset->tools)), $preset->id);
      preg_match_all('/\{(\w+)\}/', $preset->prompt, $places);
      $this->assertSame([], array_values(array_diff($places[1], ['content', 'fields', 'vocabularies', 'task'])), $preset->id);
    }
  }

  /**
   * A content type fits where it has a field to write, and drafts.
   */
  public function testFittingContent(): void {
    $fitting = \Drupal::service(FittingContent::class);
    $presets = \Drupal::service(PresetManager::class)->usable();
    $fields = static fn (string $id): array => array_map(static fn ($fit): array => array_keys($fit->fields), $fitting->of($presets[$id]));
    $this->assertSame(['node:article' => ['title'], 'node:page' => ['title']], array_intersect_key($fields('proofread'), ['node:article' => 1, 'node:page' => 1]), 'No field that is kept from agents, such as the log.');
    $this->assertSame([], $fields('teaser'));
    $this->assertSame([], $fields('tags'));
    $this->field('field_teaser_text', 'string_long');
    $this->field('field_note', 'string_long');
    $this->field('field_tags', 'entity_reference', storage: ['target_type' => 'taxonomy_term'], values: ['settings' => ['handler_settings' => ['target_bundles' => ['tags' => 'tags']]]]);
    $this->field('field_related', 'entity_reference', storage: ['target_type' => 'node']);
    $this->assertSame(['node:article' => ['field_teaser_text']], $fields('teaser'));
    $this->assertSame(['node:article' => ['field_tags']], $fields('tags'));
    $this->assertSame(['tags'], $fitting->of($presets['tags'])['node:article']->vocabularies());
    $this->field('body', 'text_with_summary');
    $this->assertSame(['body', 'field_teaser_text'], (function (array $names): array {
      sort($names);
      return $names;
    })($fields('teaser')['node:article']), 'A text with a summary of its own, too.');
  }

  /**
   * A site without content types has nothing to offer, and says so.
   */
  public function testNothingFits(): void {
    $this->setUpCurrentUser(['uid' => 5], ['administer background agents']);
    $this->assertNotNull(\Drupal::service(QuickDefaults::class)->of((new FormState())->setUserInput([])));
    array_map(static fn (NodeType $type) => $type->delete(), NodeType::loadMultiple());
    \Drupal::service('entity_type.bundle.info')->clearCachedBundles();
    $this->assertNull(\Drupal::service(QuickDefaults::class)->of((new FormState())->setUserInput([])));
    $form = \Drupal::formBuilder()->getForm(QuickForm::class);
    $this->assertArrayHasKey('none', $form);
    $this->assertArrayNotHasKey('preset', $form);
  }

}
