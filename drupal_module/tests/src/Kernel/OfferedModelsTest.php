<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Agent\ModelGaps;
use Drupal\background_agents\Sidecar\ContactLog;
use Drupal\background_agents\Sidecar\OfferedModel;
use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\background_agents\Ui\ModelField;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What the sidecar told of its models: kept, ordered, and warned about.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class OfferedModelsTest extends AgentsKernelTestBase {

  private const string TOLD = '{"version": "0123456789abcdef", "providers": [
    {"id": "anthropic", "label": "Anthropic", "key": "settings", "health": "works", "since": 1795000000, "models": ["claude-a", "claude-b"]},
    {"id": "openai", "label": "OpenAI", "key": "missing", "health": "key_missing"},
    {"id": "broken", "label": "", "key": "settings", "health": "key_refused", "detail": "No.", "models": ["a"]},
    {"id": "local", "label": "local", "key": "unneeded", "health": "unknown"}
  ]}';

  /**
   * Before the sidecar told anything there is nothing to choose from.
   */
  public function testNothingYet(): void {
    $offered = $this->offered();
    $this->assertSame(['', [], [], NULL, TRUE], [$offered->version(), $offered->providers(), $offered->models(), $offered->time(), $offered->isStale()]);
    $fields = \Drupal::service(ModelField::class)->elements('model', 'model[model]', 'x:y', ['#title' => 'Model']);
    $this->assertSame(['model'], array_keys($fields));
    $this->assertSame('textfield', $fields['model']['#type']);
  }

  /**
   * Models that work come first; a provider without a list is there all the same.
   */
  public function testOrder(): void {
    $this->tell();
    $this->assertSame(['anthropic:claude-a', 'anthropic:claude-b', 'broken:a'], array_map(static fn (OfferedModel $model): string => $model->id, $this->offered()->models()));
    $this->assertSame(['anthropic', 'openai', 'broken', 'local'], array_keys($this->offered()->providers()));
    $this->assertSame('broken', $this->offered()->providers()['broken']->label);
  }

  /**
   * What is old says so; one report without any models makes it new.
   */
  public function testStale(): void {
    $this->tell();
    $this->assertTrue($this->offered()->isStale());
    \Drupal::service(ContactLog::class)->taken(ContactLog::EVENTS);
    $this->assertFalse($this->offered()->isStale());
    $log = \Drupal::state()->get('background_agents.contacts');
    $log[ContactLog::EVENTS]['taken'] -= 3600;
    \Drupal::state()->set('background_agents.contacts', $log);
    $this->assertTrue($this->offered()->isStale());
  }

  /**
   * Each model with what is known against it; NULL: nothing.
   */
  public static function models(): array {
    return [
      ['anthropic:claude-a', NULL],
      ['anthropic:claude-z', 'does not list'],
      ['openai:gpt-5', 'OpenAI: No key'],
      ['broken:a', 'Refuses the key'],
      ['local:anything', NULL],
      ['nobody:x', 'has no provider and no endpoint "nobody"'],
    ];
  }

  #[DataProvider('models')]
  public function testWarning(string $model, ?string $expected): void {
    $this->tell();
    $gaps = implode(' ', \Drupal::service(ModelGaps::class)->of($this->agent('writer', ['model' => $model])));
    $expected === NULL ? $this->assertSame('', $gaps) : $this->assertStringContainsString($expected, $gaps);
  }

  /**
   * The list has what is offered; another model keeps its text field.
   */
  public function testField(): void {
    $this->tell();
    $field = \Drupal::service(ModelField::class);
    $elements = $field->elements('model', 'model[model]', 'broken:a', ['#title' => 'Model']);
    $this->assertSame('broken:a', $elements['model_choice']['#default_value']);
    $this->assertSame(['Anthropic', 'broken, does not work now: Refuses the key', '_other'], array_keys($elements['model_choice']['#options']));
    $elements = $field->elements('model', 'model[model]', 'local:llama', ['#title' => 'Model']);
    $this->assertSame(['_other', 'local:llama'], [$elements['model_choice']['#default_value'], $elements['model']['#default_value']]);
    $this->assertSame([':input[name="model[model_choice]"]' => ['value' => '_other']], $elements['model']['#states']['visible']);
    $this->assertSame('a:b', ModelField::value(['model_choice' => 'a:b', 'model' => 'c:d'], 'model'));
    $this->assertSame('c:d', ModelField::value(['model_choice' => '_other', 'model' => ' c:d '], 'model'));
    $this->assertSame('c:d', ModelField::value(['model' => 'c:d'], 'model'));
    $this->assertSame('', ModelField::value(['model_choice' => '', 'model' => 'c:d'], 'model'));
  }

  private function offered(): OfferedModels {
    return \Drupal::service(OfferedModels::class);
  }

  private function tell(): void {
    $this->offered()->store(json_decode(self::TOLD));
  }

}
